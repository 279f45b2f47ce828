// Relocations without a symbol, and with odd ones, of every type of every ISA: they link, or are
// refused in words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linker/map.h"
#include "linker/program.h"
#include "tests/linker/build.h"

namespace cmos::linker::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Arch {
  std::string_view name;
  object::Isa isa;
};
constexpr Arch kArchs[] = {{"8664", object::Isa::kX86_64},
                           {"__86", object::Isa::kX86},
                           {"_ARM", object::Isa::kArm},
                           {"AR64", object::Isa::kArm64}};

/// A program whose code has one relocation at 8, against the symbol that `add` makes.
template <class Add>
Outcome with_relocation(const Arch& arch, RelocationType type, Add&& add) {
  Build out(arch.name);
  const std::uint32_t text = out.code(std::string(32, '\0'));
  out.define("_start", text);
  out.relocate(text, 8, type, add(out, text));
  std::vector<Build> builds;
  builds.push_back(std::move(out));
  return link_all(std::move(builds));
}

/// What follows a link must not stumble either.
void expect_whole(Outcome&& out) {
  if (!out.linked) {
    EXPECT_FALSE(out.errors.empty());
    return;
  }
  map_text(*out.linked);
  cross_reference_text(*out.linked);
  EXPECT_TRUE(make_program(*out.linked, {}));
}

TEST(WithoutSymbol, EveryTypeLinksOrIsRefused) {
  for (const Arch& arch : kArchs) {
    for (const object::RelocationInfo& row : object::relocation_table()) {
      if (!row.valid_for(arch.isa)) continue;
      SCOPED_TRACE(std::string(arch.name) + " " + std::string(row.name));
      Outcome out = with_relocation(arch, row.type, [](Build&, auto) { return kNoIndex; });
      if (row.needs_got_slot()) {
        EXPECT_THAT(out.errors, ElementsAre(AllOf(HasSubstr("against no symbol"),
                                                  HasSubstr("found no symbol"))));
      }
      expect_whole(std::move(out));
    }
  }
}

TEST(WithoutSymbol, OddSymbolsAreNoSurpriseEither) {
  const std::vector<std::function<std::uint32_t(Build&, std::uint32_t)>> odd = {
      [](Build& out, auto) { return out.refer("weak", Binding::kWeak); },
      [](Build& out, auto) { return out.refer("local", Binding::kLocal); },
      [](Build& out, auto) { return out.common("common", 8); },
      [](Build& out, auto) {
        return out.add({.name = "number",
                        .value = UINT64_MAX,
                        .binding = Binding::kGlobal,
                        .place = Place::kAbsolute});
      },
      [](Build& out, std::uint32_t text) {
        return out.define("thread", text, 0, Binding::kGlobal, object::SymbolKind::kTls);
      },
      [](Build& out, std::uint32_t text) {
        return out.define("chosen", text, 0, Binding::kLocal, object::SymbolKind::kIndirect);
      },
      [](Build& out, std::uint32_t text) { return out.define("end", text, 32); },
      [](Build& out, auto) {
        return out.define("note", out.section(".n", SectionKind::kNote, "x"));
      },
      [](Build& out, auto) {
        return out.define("", out.zeros(".bss", 0), 0, Binding::kLocal,
                          object::SymbolKind::kSection);
      }};
  for (const Arch& arch : kArchs) {
    for (const object::RelocationInfo& row : object::relocation_table()) {
      if (!row.valid_for(arch.isa)) continue;
      for (std::size_t i = 0; i < odd.size(); ++i) {
        SCOPED_TRACE(std::string(arch.name) + " " + std::string(row.name) + " " +
                     std::to_string(i));
        expect_whole(with_relocation(arch, row.type, odd[i]));
      }
    }
  }
}

}  // namespace
}  // namespace cmos::linker::test

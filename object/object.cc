#include "object/object.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/checked.h"
#include "base/text.h"

namespace cmos::object {
namespace {

/// cpe 1.1; of two ARCHs with one ISA the first is what objects of unknown origin are for.
constexpr std::array<std::string_view, 7> kArchs{"8664", "__86", "_ARM", "AR64",
                                                 "APPL", "_Z80", "8080"};
constexpr std::array<Isa, 7> kIsas{Isa::kX86_64, Isa::kX86, Isa::kArm, Isa::kArm64,
                                   Isa::kArm64,  Isa::kZ80, Isa::kZ80};

tl::unexpected<Error> breach(std::string field, std::string found, std::string expected) {
  return fail(Error{.code = ErrorCode::kUsage,
                    .field = std::move(field),
                    .found = std::move(found),
                    .expected = std::move(expected)});
}

bool index_ok(std::uint32_t index, std::size_t count) {
  return index == kNoIndex || index < count;
}

Result<void> check_section(const Object& object, std::size_t index) {
  const Section& section = object.sections[index];
  const auto field = [&](std::string_view part) {
    return fmt::format("section {} {}: {}", index, quote(as_bytes(section.name), 64), part);
  };
  if (!std::has_single_bit(section.alignment))
    return breach(field("alignment"), fmt::format("{}", section.alignment), "a power of two");
  if (section.bytes.size() > section.size && section.packing == Packing::kNone)
    return breach(field("size"), fmt::format("{}", section.size),
                  fmt::format("at least its {} bytes", section.bytes.size()));
  if (!index_ok(section.group, object.groups.size()))
    return breach(field("group"), fmt::format("{}", section.group),
                  fmt::format("less than {}", object.groups.size()));
  if (!index_ok(section.link_order, object.sections.size()))
    return breach(field("link order"), fmt::format("{}", section.link_order),
                  fmt::format("less than {}", object.sections.size()));
  return {};
}

Result<void> check_symbol(const Object& object, std::size_t index) {
  const Symbol& symbol = object.symbols[index];
  const auto field = [&](std::string_view part) {
    return fmt::format("symbol {} {}: {}", index, quote(as_bytes(symbol.name), 64), part);
  };
  const bool placed = symbol.place == Place::kSection;
  if (placed != (symbol.section != kNoIndex))
    return breach(field("section"), fmt::format("{}", symbol.section),
                  "an index exactly when the symbol is defined in a section");
  if (placed && symbol.section >= object.sections.size())
    return breach(field("section"), fmt::format("{}", symbol.section),
                  fmt::format("less than {}", object.sections.size()));
  if (placed && symbol.value > object.sections[symbol.section].size)
    return breach(
        field("value"), fmt::format("{}", symbol.value),
        fmt::format("at most {}, its section's size", object.sections[symbol.section].size));
  if ((symbol.place == Place::kCommon) != std::has_single_bit(symbol.alignment))
    return breach(field("alignment"), fmt::format("{}", symbol.alignment),
                  "a power of two for common symbols, else 0");
  return {};
}

Result<void> check_relocation(const Object& object, std::size_t index) {
  const Relocation& relocation = object.relocations[index];
  const auto field = [&](std::string_view part) {
    return fmt::format("relocation {}: {}", index, part);
  };
  const RelocationInfo* row = find_relocation(static_cast<std::uint8_t>(relocation.type));
  if (row == nullptr || !object.isa || !row->valid_for(*object.isa))
    return breach(field("type"), fmt::format("{}", static_cast<unsigned>(relocation.type)),
                  fmt::format("a relocation type for {}", object.arch));
  if (!index_ok(relocation.symbol, object.symbols.size()))
    return breach(field("symbol"), fmt::format("{}", relocation.symbol),
                  fmt::format("less than {}", object.symbols.size()));
  if (relocation.section >= object.sections.size())
    return breach(field("section"), fmt::format("{}", relocation.section),
                  fmt::format("less than {}", object.sections.size()));
  const Section& section = object.sections[relocation.section];
  const std::uint64_t space = Object::field_space(section);
  if (!range_inside(relocation.offset, row->size, space))
    return breach(field("offset"), fmt::format("0x{:x}", relocation.offset),
                  fmt::format("a field of {} bytes inside the section's {}", row->size, space));
  if (index - section.first_relocation >= section.relocation_count)
    return breach(field("section"), fmt::format("{}", relocation.section),
                  "relocations in the order of their sections (index_relocations)");
  return {};
}

}  // namespace

std::string_view name(SectionKind kind) {
  static constexpr std::string_view kNames[] = {
      "code",       "const",  "var",  "preinit_array", "init_array",
      "fini_array", "unwind", "note", "debug",         "other"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool is_mapping_name(std::string_view name, Isa isa) {
  if (name.size() < 2 || name[0] != '$' || (name.size() > 2 && name[2] != '.')) return false;
  const std::string_view kinds = isa == Isa::kArm ? "atd" : "xd";
  return (isa == Isa::kArm || isa == Isa::kArm64) && kinds.find(name[1]) != std::string_view::npos;
}

std::span<const std::string_view> known_archs() {
  return kArchs;
}

std::optional<Isa> isa_of(std::string_view arch) {
  const auto known = std::find(kArchs.begin(), kArchs.end(), arch);
  if (known == kArchs.end()) return std::nullopt;
  return kIsas[static_cast<std::size_t>(known - kArchs.begin())];
}

std::string_view arch_of(Isa isa) {
  const auto first = std::find(kIsas.begin(), kIsas.end(), isa);
  return kArchs[static_cast<std::size_t>(first - kIsas.begin())];
}

void index_relocations(Object& object) {
  auto by_section = [](const Relocation& a, const Relocation& b) { return a.section < b.section; };
  if (!std::is_sorted(object.relocations.begin(), object.relocations.end(), by_section))
    std::stable_sort(object.relocations.begin(), object.relocations.end(), by_section);
  for (Section& section : object.sections) {
    section.first_relocation = 0;
    section.relocation_count = 0;
  }
  for (std::size_t i = 0; i < object.relocations.size(); ++i) {
    Section& section = object.sections[object.relocations[i].section];
    if (section.relocation_count++ == 0) section.first_relocation = static_cast<std::uint32_t>(i);
  }
}

std::vector<std::string_view> exported_names(const Object& object) {
  std::vector<std::string_view> names;
  for (const Symbol& symbol : object.symbols) {
    if (symbol.binding != Binding::kLocal && symbol.defined()) names.push_back(symbol.name);
  }
  return names;
}

Result<void> check(const Object& object) {
  if (object.arch.size() != 4) return breach("ARCH", quote(as_bytes(object.arch)), "4 bytes");
  if (object.isa != isa_of(object.arch))
    return breach("ARCH", quote(as_bytes(object.arch)), "the ARCH of the object's ISA");
  for (std::size_t i = 0; i < object.sections.size(); ++i) CMOS_TRY_VOID(check_section(object, i));
  for (std::size_t i = 0; i < object.symbols.size(); ++i) CMOS_TRY_VOID(check_symbol(object, i));
  for (std::size_t i = 0; i < object.relocations.size(); ++i)
    CMOS_TRY_VOID(check_relocation(object, i));
  return {};
}

}  // namespace cmos::object

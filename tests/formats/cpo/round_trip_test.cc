// What is written is read back the same, from files and from objects, and a canonical file keeps
// its bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/formats/cpo/build.h"

namespace cmos::cpo::test {
namespace {

using object::Binding;
using object::kNoIndex;
using object::Object;
using object::Place;
using object::SectionKind;
using object::SymbolKind;

std::string_view text(const std::vector<std::uint8_t>& bytes) {
  return as_text(bytes);
}

TEST(CpoRoundTrip, HasTheDocumentedBytes) {
  Draft draft;
  for (const bool with_link : {false, true}) {
    if (with_link) draft.optional_sections = DraftLink().optional_sections();
    const std::string bytes = draft.bytes();
    const auto parsed = read(as_bytes(bytes), "t.cpo", {.strict = true});
    ASSERT_TRUE(parsed) << parsed.error().text();
    const File& file = parsed->file;
    EXPECT_EQ(file.arch, "8664");
    EXPECT_EQ(as_text(file.code), draft.code);
    ASSERT_EQ(file.records.size(), 2u);
    EXPECT_FALSE(file.records[0].variable);
    EXPECT_EQ(file.records[0].name, "greeting");
    EXPECT_EQ(as_text(file.records[0].bytes), "12345678");
    EXPECT_EQ(file.records[1].type, DataType::kU32);
    EXPECT_EQ(parsed->image_offsets, (std::vector<std::uint32_t>{0, 8}));
    EXPECT_EQ(parsed->image_size, 12u);
    ASSERT_EQ(file.symbols.size(), 3u);
    EXPECT_EQ(file.symbols[2].location, "libcmos.a");
    EXPECT_EQ(file.relocations[0].addend, -4);
    EXPECT_EQ(file.optional_sections[0].name, "note");
    EXPECT_EQ(file.link.has_value(), with_link);
    EXPECT_EQ(parsed->layout.data, 48u);
    EXPECT_EQ(parsed->layout.symbols, 0x6bu);
    const auto written = write(file);
    ASSERT_TRUE(written) << written.error().text();
    EXPECT_EQ(text(*written), bytes);
  }
}

TEST(CpoRoundTrip, KeepsEmptyTables) {
  Draft draft;
  draft.code.clear();
  draft.records.clear();
  draft.symbols.clear();
  draft.relocations.clear();
  draft.optional_sections = u32(0);
  for (const int flags : {0, 1, 2, 3}) {
    draft.flags = flags;
    const std::string bytes = draft.bytes();
    const auto parsed = read(as_bytes(bytes), "t.cpo", {.strict = true});
    ASSERT_TRUE(parsed) << parsed.error().text();
    EXPECT_EQ(text(*write(parsed->file)), bytes);
  }
}

TEST(CpoWrite, RefusesWhatTheReaderWouldRefuse) {
  auto refusal = [](auto change) {
    const std::string bytes = Draft().bytes();
    auto parsed = read(as_bytes(bytes), "t.cpo");
    change(parsed->file);
    const auto written = write(parsed->file);
    if (written) return std::string("written");
    EXPECT_EQ(written.error().code, ErrorCode::kUsage);
    return written.error().text();
  };
  EXPECT_EQ(refusal([](File&) {}), "written");
  EXPECT_EQ(refusal([](File& f) { f.arch = "86"; }), "ARCH: found 2 bytes, expected 4 bytes");
  EXPECT_EQ(refusal([](File& f) { f.version = 3; }), "version: found 3, expected 1");
  EXPECT_EQ(refusal([](File& f) { f.symbols[0].offset = 99; }),
            "symbol 0 offset, size: found 0x63, 0, expected a range inside the 16 bytes of CODE");
  EXPECT_EQ(refusal([](File& f) { std::swap(f.records[0], f.records[1]); }),
            "record 1 kind: found a constant after a variable, expected constants first");
}

// ---- objects ------------------------------------------------------------------------------------

void expect_same(const object::Section& a, const object::Section& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.alignment, b.alignment);
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.bytes.size(), b.bytes.size());
  if (a.relocation_count == 0) {
    EXPECT_EQ(as_text(a.bytes), as_text(b.bytes));
  }
  EXPECT_EQ(a.group, b.group);
  EXPECT_EQ(a.link_order, b.link_order);
  EXPECT_EQ(a.entry_size, b.entry_size);
  EXPECT_EQ(a.retain, b.retain);
  EXPECT_EQ(a.merge, b.merge);
  EXPECT_EQ(a.strings, b.strings);
  EXPECT_EQ(a.tls, b.tls);
  EXPECT_EQ(a.first_relocation, b.first_relocation);
  EXPECT_EQ(a.relocation_count, b.relocation_count);
}

void expect_same(const object::Symbol& a, const object::Symbol& b) {
  SCOPED_TRACE(a.name);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.location, b.location);
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.section, b.section);
  EXPECT_EQ(a.alignment, b.alignment);
  EXPECT_EQ(a.binding, b.binding);
  EXPECT_EQ(a.place, b.place);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.visibility, b.visibility);
  EXPECT_EQ(a.thumb, b.thumb);
}

void expect_same(const Object& a, const Object& b) {
  EXPECT_EQ(a.arch, b.arch);
  ASSERT_EQ(a.sections.size(), b.sections.size());
  ASSERT_EQ(a.symbols.size(), b.symbols.size());
  ASSERT_EQ(a.relocations.size(), b.relocations.size());
  ASSERT_EQ(a.groups.size(), b.groups.size());
  for (std::size_t i = 0; i < a.sections.size(); ++i) expect_same(a.sections[i], b.sections[i]);
  for (std::size_t i = 0; i < a.symbols.size(); ++i) expect_same(a.symbols[i], b.symbols[i]);
  for (std::size_t i = 0; i < a.relocations.size(); ++i) {
    EXPECT_EQ(a.relocations[i].section, b.relocations[i].section);
    EXPECT_EQ(a.relocations[i].offset, b.relocations[i].offset);
    EXPECT_EQ(a.relocations[i].symbol, b.relocations[i].symbol);
    EXPECT_EQ(a.relocations[i].type, b.relocations[i].type);
    EXPECT_EQ(a.relocations[i].addend, b.relocations[i].addend);
  }
  for (std::size_t i = 0; i < a.groups.size(); ++i)
    EXPECT_EQ(a.groups[i].signature, b.groups[i].signature);
}

void expect_round_trip(const Object& object) {
  const auto file = from_object(object);
  ASSERT_TRUE(file) << file.error().text();
  const auto bytes = write(*file);
  ASSERT_TRUE(bytes) << bytes.error().text();
  EXPECT_EQ(validate(*bytes, "t.cpo").size(), 0u);
  const auto back = read_object(*bytes, "t.cpo");
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_TRUE(object::check(*back));
  expect_same(object, *back);
  const auto again = write(*from_object(*back));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *bytes);
}

/// Any object that a compiler might make, and many that none would.
class RandomObject {
 public:
  explicit RandomObject(std::mt19937& random) : random_(random) {}

  Object make() {
    static constexpr std::string_view kArchs[] = {"8664", "__86", "_ARM", "AR64", "APPL"};
    out_.arch = kArchs[below(5)];
    out_.isa = object::isa_of(out_.arch);
    for (std::uint32_t i = below(3); i > 0; --i) out_.groups.push_back({name()});
    for (std::uint32_t i = below(12); i > 0; --i) add_section();
    for (std::uint32_t i = below(20); i > 0; --i) add_symbol();
    for (std::uint32_t i = below(30); i > 0; --i) add_relocation();
    object::index_relocations(out_);
    return std::move(out_);
  }

 private:
  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_()) % end; }
  bool one_in(std::uint32_t n) { return below(n) == 0; }
  std::string_view name() {
    static constexpr std::string_view kPieces[] = {"a", "_", ".text", "\xc3\xa9", "$x", "B"};
    std::string out;
    for (std::uint32_t i = 1 + below(4); i > 0; --i) out += kPieces[below(6)];
    return out_.storage.keep_text(out + std::to_string(count_++));
  }

  void add_section() {
    object::Section section;
    section.name = name();
    section.kind = static_cast<SectionKind>(below(10));
    section.alignment = 1u << below(one_in(10) ? 32 : 7);
    std::vector<std::uint8_t> bytes(one_in(6) ? 0 : below(100));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(below(256));
    section.bytes = out_.storage.keep(std::move(bytes));
    section.size = static_cast<std::uint32_t>(section.bytes.size());
    const bool may_be_zero = section.loaded() && section.kind != SectionKind::kCode;
    if (may_be_zero && one_in(3)) section.size += below(1000);
    if (!out_.groups.empty() && one_in(3))
      section.group = below(static_cast<std::uint32_t>(out_.groups.size()));
    section.retain = one_in(4);
    section.tls = one_in(9);
    if (one_in(4) && section.size != 0) {
      section.merge = true;
      section.entry_size = section.size;
      section.strings = section.bytes.size() == section.size && one_in(2);
    }
    if (!out_.sections.empty() && one_in(5))
      section.link_order = below(static_cast<std::uint32_t>(out_.sections.size()));
    out_.sections.push_back(section);
  }

  void add_symbol() {
    object::Symbol symbol;
    symbol.name = name();
    symbol.binding = static_cast<Binding>(below(3));
    symbol.visibility = static_cast<object::Visibility>(below(4));
    symbol.kind = static_cast<SymbolKind>(below(8));
    symbol.place = static_cast<Place>(below(4));
    if (symbol.place == Place::kSection && out_.sections.empty()) symbol.place = Place::kAbsolute;
    switch (symbol.place) {
      case Place::kSection:
        place(symbol);
        break;
      case Place::kUndefined:
        if (symbol.binding != Binding::kLocal && one_in(2)) symbol.location = name();
        break;
      case Place::kAbsolute:
        symbol.value = std::uint64_t{random_()} << below(32);
        symbol.size = below(9);
        break;
      case Place::kCommon:
        symbol.alignment = 1u << below(8);
        symbol.size = below(1000);
        break;
    }
    out_.symbols.push_back(symbol);
  }

  void place(object::Symbol& symbol) {
    symbol.section = below(static_cast<std::uint32_t>(out_.sections.size()));
    const object::Section& section = out_.sections[symbol.section];
    symbol.value = below(section.size + 1);
    const bool thumb = out_.arch == "_ARM" && section.kind == SectionKind::kCode &&
                       symbol.kind == SymbolKind::kFunction && one_in(2);
    if (thumb) {
      symbol.value &= ~std::uint64_t{1};
      symbol.thumb = true;
    }
    symbol.size = below(section.size - static_cast<std::uint32_t>(symbol.value) + 1);
  }

  void add_relocation() {
    if (out_.sections.empty()) return;
    object::Relocation out;
    out.section = below(static_cast<std::uint32_t>(out_.sections.size()));
    const auto table = object::relocation_table();
    const object::RelocationInfo& row = table[below(static_cast<std::uint32_t>(table.size()))];
    const std::size_t size = out_.sections[out.section].bytes.size();
    if (!row.valid_for(*out_.isa) || size < row.size) return;
    out.type = row.type;
    out.offset = below(static_cast<std::uint32_t>(size - row.size + 1));
    if (!out_.symbols.empty() && !one_in(5))
      out.symbol = below(static_cast<std::uint32_t>(out_.symbols.size()));
    out.addend = static_cast<std::int32_t>(random_());
    out_.relocations.push_back(out);
  }

  std::mt19937& random_;
  Object out_;
  unsigned count_ = 0;
};

TEST(CpoObject, RandomObjectsSurvive) {
  std::mt19937 random(2024);
  for (int i = 0; i < 1500; ++i) {
    SCOPED_TRACE(i);
    RandomObject maker(random);
    const Object object = maker.make();
    ASSERT_TRUE(object::check(object));
    expect_round_trip(object);
    if (HasFailure()) return;
  }
}

TEST(CpoObject, PlainFileNeedsNoOwnSection) {
  Draft draft;
  draft.flags = 1;
  const std::string bytes = draft.bytes();
  const auto object = read_object(as_bytes(bytes), "t.cpo");
  ASSERT_TRUE(object) << object.error().text();
  ASSERT_TRUE(object::check(*object));
  ASSERT_EQ(object->sections.size(), 3u);
  EXPECT_EQ(object->sections[0].name, "CODE");
  EXPECT_EQ(object->sections[0].alignment, 16u);
  EXPECT_EQ(object->sections[1].name, "greeting");
  EXPECT_EQ(object->sections[1].kind, SectionKind::kConst);
  EXPECT_EQ(object->sections[2].name, "counter");
  EXPECT_EQ(object->sections[2].kind, SectionKind::kVar);
  EXPECT_EQ(object->symbols[0].binding, Binding::kGlobal);
  EXPECT_EQ(object->symbols[1].section, 1u);
  EXPECT_EQ(object->symbols[2].place, Place::kUndefined);
  EXPECT_EQ(object->symbols[2].location, "libcmos.a");
  ASSERT_EQ(object->sections[2].relocation_count, 1u);
  EXPECT_EQ(object->relocations_of(object->sections[2])[0].offset, 0u);
  EXPECT_EQ(object::exported_names(*object), (std::vector<std::string_view>{"start"}));
  const auto file = from_object(*object);
  ASSERT_TRUE(file);
  EXPECT_FALSE(file->link);
  // All that changes is that relocated fields are zero.
  std::string expected = bytes;
  for (std::size_t at = 36; at < 40; ++at) expected[at] = '\0';
  EXPECT_EQ(text(*write(*file)), expected);
}

TEST(CpoObject, AnOddOffsetOfArmCodeIsThumb) {
  Draft draft;
  draft.arch = "_ARM";
  draft.flags = 0;
  draft.symbols[0].offset = 5;
  const std::string bytes = draft.bytes();
  const auto object = read_object(as_bytes(bytes), "t.cpo");
  ASSERT_TRUE(object) << object.error().text();
  EXPECT_TRUE(object->symbols[0].thumb);
  EXPECT_EQ(object->symbols[0].value, 4u);
  EXPECT_EQ(object->symbols[0].state(), object::TargetState::kThumb);
}

TEST(CpoObject, AnUnknownArchHasNoRelocations) {
  Draft draft;
  draft.arch = "Z80!";
  EXPECT_EQ(
      read_object(as_bytes(draft.bytes()), "t.cpo").error().text(),
      "t.cpo: offset 0x5: ARCH: found \"Z80!\", expected an ARCH whose relocations are known");
  draft.flags = 0;
  EXPECT_TRUE(read_object(as_bytes(draft.bytes()), "t.cpo"));
}

Object small() {
  Object object;
  object.arch = "8664";
  object.isa = object::Isa::kX86_64;
  object::Section code;
  code.name = ".text";
  code.kind = SectionKind::kCode;
  code.bytes = object.storage.keep({0xe8, 1, 2, 3, 4, 0xc3});
  code.size = 6;
  object.sections = {code};
  object.symbols.push_back(
      {.name = "f", .section = 0, .binding = Binding::kGlobal, .place = Place::kSection});
  object.relocations.push_back({0, 1, 0, object::RelocationType::kPc32, -4});
  object::index_relocations(object);
  return object;
}

TEST(CpoObject, ZeroesRelocatedFields) {
  const Object object = small();
  const auto file = from_object(object);
  ASSERT_TRUE(file);
  EXPECT_EQ(std::vector<std::uint8_t>(file->code.begin(), file->code.end()),
            (std::vector<std::uint8_t>{0xe8, 0, 0, 0, 0, 0xc3}));
  EXPECT_EQ(file->relocations[0].addend, -4);
}

TEST(CpoObject, SaysWhatAPlainFileCannotHold) {
  auto refusal = [](auto change, LinkSection link = LinkSection::kNever) {
    Object object = small();
    change(object);
    const auto file = from_object(object, link);
    return file ? std::string("made") : file.error().text();
  };
  EXPECT_EQ(refusal([](Object&) {}), "made");
  EXPECT_EQ(refusal([](Object& o) { o.symbols[0].binding = Binding::kWeak; }),
            "symbol 0 \"f\" binding: found weak, expected nothing that needs the optional section "
            "\"cmos.link\"");
  EXPECT_EQ(refusal([](Object& o) { o.sections[0].kind = SectionKind::kInit; }),
            "section 0 \".text\" kind: found init_array, expected nothing that needs the optional "
            "section \"cmos.link\"");
  EXPECT_EQ(refusal([](Object& o) {
              o.symbols[0] = {.name = "c",
                              .size = 4,
                              .alignment = 4,
                              .binding = Binding::kGlobal,
                              .place = Place::kCommon};
            }),
            "symbol 0 \"c\" place: found a common symbol, expected nothing that needs the optional "
            "section \"cmos.link\"");
  EXPECT_EQ(refusal([](Object& o) { o.sections[0].size = 9; }, LinkSection::kWhenNeeded),
            "section 0 \".text\" size: found 9 bytes, of which 6 are stored, expected code that is "
            "stored whole");
  EXPECT_EQ(refusal([](Object& o) { o.symbols[0].value = 7; }, LinkSection::kWhenNeeded),
            "symbol 0 \"f\": value: found 7, expected at most 6, its section's size");
}

}  // namespace
}  // namespace cmos::cpo::test

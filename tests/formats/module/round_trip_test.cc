// What is written reads as the same content and is written as the same bytes again; the worked
// bytes of docs/module-format.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "formats/module/edit.h"
#include "formats/module/module.h"
#include "formats/module/select.h"
#include "object/storage.h"
#include "tests/formats/module/worked.h"
#include "tests/formats/whitesmith/hex.h"

namespace cmos::mod {
namespace {

using whitesmith::test::hex;
using whitesmith::test::to_hex;

/// Modules of every kind of content that the format has room for.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Module make() {
    Module out;
    for (std::uint32_t i = below(4); i-- > 0;) out.options.push_back(option());
    const std::uint32_t segments = below(6);
    for (std::uint32_t i = 0; i < segments; ++i) out.segments.push_back(segment(i));
    for (std::uint32_t i = below(5); i-- > 0;) out.imports.push_back({next(), type(), name(1), 0});
    out.has_imports = !out.imports.empty() || below(2) == 0;
    out.imports_required = out.has_imports && below(2) == 0;
    for (std::uint32_t i = below(8); i-- > 0;) out.exports.push_back(exported(out));
    out.has_exports = !out.exports.empty() || below(2) == 0;
    out.exports_required = out.has_exports && below(2) == 0;
    for (Segment& one : out.segments) relocate(one);
    if (below(3) == 0) out.unknown.push_back({0x42, keep({9, 0, 0x42, 0, 0, 0, 1, 2, 3})});
    EXPECT_TRUE(update_memory(out));
    out.memory.min_stack = static_cast<std::uint16_t>(below(100));
    out.memory.stack = static_cast<std::uint16_t>(out.memory.min_stack + below(1000));
    return out;
  }

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  Bytes keep(std::vector<std::uint8_t> bytes) { return storage_.keep(std::move(bytes)); }
  std::uint16_t next() { return ++ordinal_; }
  ValueType type() { return static_cast<ValueType>(1 + below(6)); }
  std::string_view name(std::uint32_t least) {
    std::string out = fmt::format("{}_", ++names_);
    for (std::uint32_t i = least + below(20); i-- > 0;) out += static_cast<char>(0x61 + below(26));
    return storage_.keep_text(out);
  }
  Bytes contents(std::uint32_t size) {
    std::vector<std::uint8_t> out(size);
    for (std::uint8_t& one : out) one = static_cast<std::uint8_t>(random_());
    return keep(std::move(out));
  }

  Option option() {
    switch (below(4)) {
      case 0:
        return {};
      case 1:
        return {option::kCpu, keep({static_cast<std::uint8_t>(1 + below(7)), 0, 'x'})};
      case 2:
        return {option::kPlatform, keep({'c', 'p', 'm'})};
      default:
        return {static_cast<std::uint8_t>(3 + below(250)), contents(below(40))};
    }
  }

  Segment segment(std::uint32_t index) {
    Segment out;
    constexpr SectionType kTypes[] = {SectionType::kText, SectionType::kData,
                                      SectionType::kReadOnlyData, SectionType::kZeroPage,
                                      SectionType::kOverlay};
    out.type = kTypes[below(5)];
    out.required = below(2) == 0;
    out.big_endian = below(2) == 0;
    out.id = static_cast<std::uint16_t>(index * 1000 + 1);
    if (below(3) == 0) out.origin = below(1000);
    if (below(2) == 0) out.name = below(4) == 0 ? std::string_view() : name(0);
    if (below(2) == 0)
      out.cpu = CpuId{static_cast<Family>(1 + below(7)), static_cast<std::uint8_t>(below(3))};
    out.size = static_cast<std::uint16_t>(below(60));
    if (below(3) != 0) out.payload = contents(out.size);
    return out;
  }

  Export exported(const Module& module) {
    Export out;
    out.ordinal = next();
    out.type = type();
    if (below(2) == 0) out.name = name(0);
    if (module.segments.empty() || below(4) == 0) {
      out.offset = static_cast<std::uint16_t>(below(0x10000));
    } else {
      const Segment& in =
          module.segments[below(static_cast<std::uint32_t>(module.segments.size()))];
      out.segment = in.id;
      out.offset = static_cast<std::uint16_t>(below(in.size + 1U));
      if (!in.cpu) shared_.push_back(out.ordinal);
    }
    return out;
  }

  /// Refers to ordinals that are there on every CPU.
  void relocate(Segment& segment) {
    segment.has_relocations = below(2) == 0;
    if (!segment.has_relocations) return;
    segment.relocations_required = below(2) == 0;
    if (!segment.payload || shared_.empty()) return;
    constexpr ValueType kTypes[] = {ValueType::kByte,    ValueType::kWyde,
                                    ValueType::kTetra,   ValueType::kOcta,
                                    ValueType::kPointer, ValueType::kDisplacement};
    for (std::uint32_t at = below(5);;) {
      Item one{kTypes[below(6)], static_cast<std::uint16_t>(at)};
      at += width(one.type, segment.family());
      if (at > segment.size) return;
      const std::uint16_t target = shared_[below(static_cast<std::uint32_t>(shared_.size()))];
      if (segment.relocations.empty() || segment.relocations.back().ordinal != target)
        segment.relocations.push_back({target, {}});
      segment.relocations.back().items.push_back(one);
    }
  }

  std::mt19937 random_;
  object::Storage storage_;
  std::uint16_t ordinal_ = 0;
  unsigned names_ = 0;
  std::vector<std::uint16_t> shared_;
};

void expect_same(const Segment& a, const Segment& b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.required, b.required);
  EXPECT_EQ(a.big_endian, b.big_endian);
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.origin, b.origin);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.cpu, b.cpu);
  EXPECT_EQ(a.size, b.size);
  ASSERT_EQ(a.payload.has_value(), b.payload.has_value());
  if (a.payload) {
    EXPECT_TRUE(std::ranges::equal(*a.payload, *b.payload));
  }
  EXPECT_EQ(a.has_relocations, b.has_relocations);
  EXPECT_EQ(a.relocations_required, b.relocations_required);
  EXPECT_EQ(a.relocations, b.relocations);
}

void expect_same(const Module& a, const Module& b) {
  EXPECT_EQ(a.memory, b.memory);
  ASSERT_EQ(a.options.size(), b.options.size());
  for (std::size_t i = 0; i < a.options.size(); ++i) {
    EXPECT_EQ(a.options[i].id, b.options[i].id);
    EXPECT_TRUE(std::ranges::equal(a.options[i].data, b.options[i].data));
  }
  ASSERT_EQ(a.imports.size(), b.imports.size());
  for (std::size_t i = 0; i < a.imports.size(); ++i) {
    EXPECT_EQ(a.imports[i].ordinal, b.imports[i].ordinal);
    EXPECT_EQ(a.imports[i].type, b.imports[i].type);
    EXPECT_EQ(a.imports[i].name, b.imports[i].name);
  }
  ASSERT_EQ(a.exports.size(), b.exports.size());
  for (std::size_t i = 0; i < a.exports.size(); ++i) {
    EXPECT_EQ(a.exports[i].segment, b.exports[i].segment);
    EXPECT_EQ(a.exports[i].ordinal, b.exports[i].ordinal);
    EXPECT_EQ(a.exports[i].offset, b.exports[i].offset);
    EXPECT_EQ(a.exports[i].type, b.exports[i].type);
    EXPECT_EQ(a.exports[i].name, b.exports[i].name);
  }
  ASSERT_EQ(a.segments.size(), b.segments.size());
  for (std::size_t i = 0; i < a.segments.size(); ++i) expect_same(a.segments[i], b.segments[i]);
  ASSERT_EQ(a.unknown.size(), b.unknown.size());
}

TEST(ModuleRoundTrip, generated_modules) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    Generator generator(seed);
    const Module module = generator.make();
    const auto bytes = write(module);
    ASSERT_TRUE(bytes) << bytes.error().text();
    const auto back = read(*bytes, "f");
    ASSERT_TRUE(back) << back.error().text();
    ASSERT_NO_FATAL_FAILURE(expect_same(module, *back));
    const auto again = write(*back);
    ASSERT_TRUE(again);
    ASSERT_EQ(*again, *bytes);
  }
}

TEST(ModuleRoundTrip, worked_bytes) {
  const auto bytes = hex(kWorked);
  const auto module = read(bytes, "v.mod");
  ASSERT_TRUE(module) << module.error().text();
  EXPECT_TRUE(validate(bytes, "v.mod").empty());
  EXPECT_EQ(module->segments.size(), 3U);
  EXPECT_EQ(module->families(), std::vector{Family::kZ80});
  const auto again = write(*module);
  ASSERT_TRUE(again);
  EXPECT_EQ(to_hex(*again), to_hex(bytes));
}

TEST(ModuleWrite, what_has_no_room_in_its_field_is_refused) {
  Module module;
  module.segments.push_back({.id = 1, .size = 3, .payload = Bytes()});
  EXPECT_EQ(write(module).error().text(),
            "segment 1 payload: found 0 bytes, expected 3, as its length says");
  module.segments.clear();
  const std::string long_name(256, 'a');
  module.has_imports = true;
  module.imports.push_back({1, ValueType::kByte, long_name, 0});
  EXPECT_EQ(write(module).error().field, "name");
  module.imports.assign(65536, {1, ValueType::kByte, "a", 0});
  EXPECT_EQ(write(module).error().field, "import table entries");
  module.imports.assign(20000, {1, ValueType::kByte, "a", 0});
  EXPECT_EQ(write(module).error().field, "import table length");
}

TEST(ModuleEdit, a_merged_module_comes_apart_again) {
  const auto bytes = hex(kWorked);
  const auto z80 = read(bytes, "v.mod");
  ASSERT_TRUE(z80);
  Module other = *z80;
  for (Segment& one : other.segments) one.cpu = CpuId{Family::k8080, 0};
  Module first = *z80;
  for (Segment& one : first.segments) one.cpu = CpuId{Family::kZ80, 0};
  const auto fat = merge({{"a", &first}, {"b", &other}});
  ASSERT_TRUE(fat) << fat.error().text();
  const auto fat_bytes = write(*fat);
  ASSERT_TRUE(fat_bytes);
  const auto read_back = read(*fat_bytes, "fat");
  ASSERT_TRUE(read_back) << read_back.error().text();
  EXPECT_EQ(read_back->families(), (std::vector{Family::k8080, Family::kZ80}));
  // A Z80 takes its own, although it could run the 8080's.
  EXPECT_EQ(select(*read_back, {Family::kZ80, 0xff}), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(select(*read_back, {Family::k8080, 0xff}), (std::vector<std::size_t>{3, 4, 5}));
  const Module part = only(*read_back, Family::kZ80);
  EXPECT_EQ(part.segments.size(), 3U);
  const auto part_bytes = write(part);
  ASSERT_TRUE(part_bytes);
  const auto part_back = read(*part_bytes, "part");
  EXPECT_TRUE(part_back) << part_back.error().text();
  const auto twice = merge({{"a", &first}, {"b", &first}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().text(),
            "b: export \"start\": found a second one for the same CPU, expected one");
}

TEST(ModuleEdit, stripping_keeps_what_loading_needs) {
  const auto bytes = hex(kWorked);
  const auto module = read(bytes, "v.mod");
  ASSERT_TRUE(module);
  const auto stripped = write(strip(*module));
  ASSERT_TRUE(stripped);
  EXPECT_LT(stripped->size(), bytes.size());
  const auto back = read(*stripped, "s");
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->exports.size(), module->exports.size());
  EXPECT_EQ(back->segments.front().relocations, module->segments.front().relocations);
}

TEST(ModuleSelect, steppings) {
  Module module;
  module.segments = {{.id = 1, .cpu = CpuId{Family::k8086, 0}},
                     {.id = 2, .cpu = CpuId{Family::k8086, 3}},
                     {.id = 3}};
  module.exports = {{.segment = 1, .ordinal = 5}, {.segment = 2, .ordinal = 5}};
  using List = std::vector<std::size_t>;
  EXPECT_EQ(select(module, {Family::k8086, 2}), (List{0, 2}));
  EXPECT_EQ(select(module, {Family::k8086, 3}), (List{1, 2}));
  EXPECT_EQ(select(module, {Family::kZ80, 0xff}), (List{2}));
}

}  // namespace
}  // namespace cmos::mod

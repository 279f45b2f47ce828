// Modules in memory (docs/module-format.md, Loading).
#include <gtest/gtest.h>

#include <algorithm>

#include "formats/module/edit.h"
#include "loader/module/modules.h"
#include "object/storage.h"
#include "tests/formats/module/worked.h"
#include "tests/formats/whitesmith/hex.h"

namespace cmos::loader {
namespace {

using mod::CpuId;
using mod::Family;
using mod::Module;
using mod::SectionType;
using mod::Segment;
using mod::ValueType;
using whitesmith::test::hex;
using whitesmith::test::to_hex;

const PlacedSegment& placed(const LoadedModules& loaded, std::size_t module, std::size_t segment) {
  for (const auto* list : {&loaded.segments, &loaded.overlays}) {
    for (const PlacedSegment& one : *list) {
      if (one.module == module && one.segment == segment) return one;
    }
  }
  static const PlacedSegment kNone;
  return kNone;
}

TEST(LoadModules, worked_example) {
  const auto bytes = hex(mod::kWorked);
  const auto module = mod::read(bytes, "v.mod");
  ASSERT_TRUE(module);
  ModuleOptions options;
  options.host.family = Family::kZ80;
  options.text = 0x100;
  options.data = 0x200;
  options.bss = 0x300;
  options.provided["puts"] = 0xf000;
  const auto loaded = load_modules({{"v.mod", &*module}}, options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(to_hex(placed(*loaded, 0, 0).bytes), "2a 00 03 cd 00 f0 21 03 02 10 fe c9");
  EXPECT_EQ(to_hex(placed(*loaded, 0, 1).bytes), "01 02 03 04 00 01");
  EXPECT_EQ(placed(*loaded, 0, 2).address, 0x300U);
  EXPECT_EQ(to_hex(placed(*loaded, 0, 2).bytes), "00 00 00 00");
  EXPECT_EQ(loaded->start, 0x100U);
  EXPECT_EQ(loaded->stack.size, 128U);
  EXPECT_EQ(loaded->stack.end(), 0x10000U);
  EXPECT_EQ(loaded->heap.address, 0x304U);
  EXPECT_EQ(loaded->heap.size, 256U);
}

/// A module of one segment of code, and what it refers to.
class Built {
 public:
  explicit Built(std::vector<std::uint8_t> code, SectionType type = SectionType::kText) {
    Segment one;
    one.type = type;
    one.id = 1;
    one.cpu = CpuId{Family::kZ80, 0};
    one.size = static_cast<std::uint16_t>(code.size());
    one.payload = storage_.keep(std::move(code));
    module_.segments.push_back(one);
  }
  Built& import(std::string_view name, ValueType type = ValueType::kProcedure) {
    module_.has_imports = true;
    module_.imports.push_back({++ordinal_, type, name, 0});
    return *this;
  }
  Built& exported(std::string_view name, std::uint16_t offset,
                  ValueType type = ValueType::kProcedure, std::uint16_t segment = 1) {
    module_.has_exports = true;
    module_.exports.push_back({segment, ++ordinal_, offset, type, name, 0});
    return *this;
  }
  /// Of the last import or export.
  Built& patch(ValueType type, std::uint16_t offset) {
    module_.segments[0].has_relocations = true;
    module_.segments[0].relocations.push_back({ordinal_, {{type, offset}}});
    return *this;
  }
  Segment& segment() { return module_.segments[0]; }
  Module& module() { return module_; }

 private:
  object::Storage storage_;
  Module module_;
  std::uint16_t ordinal_ = 0;
};

ModuleOptions z80() {
  ModuleOptions out;
  out.host.family = Family::kZ80;
  return out;
}

std::string error_of(const Result<LoadedModules>& loaded) {
  return loaded ? "it was loaded" : loaded.error().text();
}

TEST(LoadModules, imports_come_from_other_modules_by_name_and_type) {
  Built main({0xcd, 0, 0});
  main.import("f").patch(ValueType::kPointer, 1);
  Built library({0xc9, 0xc9});
  library.exported("f", 1);
  const auto loaded = load_modules({{"main", &main.module()}, {"lib", &library.module()}}, z80());
  ASSERT_TRUE(loaded) << error_of(loaded);
  EXPECT_EQ(to_hex(placed(*loaded, 0, 0).bytes), "cd 04 01");
  ASSERT_EQ(loaded->imports.size(), 1U);
  EXPECT_EQ(loaded->imports[0].from, 1U);

  EXPECT_EQ(error_of(load_modules({{"main", &main.module()}}, z80())),
            "main: import \"f\": found no module that exports it, expected a procedure \"f\"");
  library.module().exports[0].type = ValueType::kByte;
  EXPECT_EQ(error_of(load_modules({{"main", &main.module()}, {"lib", &library.module()}}, z80())),
            "main: import \"f\": found a byte of lib, expected a procedure");
}

TEST(LoadModules, an_import_that_nothing_uses_may_be_missing) {
  Built main({0xc9});
  main.import("f");
  EXPECT_TRUE(load_modules({{"main", &main.module()}}, z80()));
}

TEST(LoadModules, a_module_does_not_import_from_itself) {
  Built main({0xcd, 0, 0});
  main.exported("f", 0).import("f").patch(ValueType::kPointer, 1);
  EXPECT_FALSE(load_modules({{"main", &main.module()}}, z80()));
}

TEST(LoadModules, every_type_of_relocation) {
  struct Case {
    ValueType type;
    std::string_view before, after;
  };
  const Case cases[] = {
      {ValueType::kByte, "01", "81"},
      {ValueType::kWyde, "01 00", "81 00"},
      {ValueType::kWyde, "ff ff", "7f 00"},
      {ValueType::kTetra, "01 00 00 00", "81 00 00 00"},
      {ValueType::kOcta, "01 00 00 00 00 00 00 00", "81 00 00 00 00 00 00 00"},
      {ValueType::kPointer, "02 01", "82 01"},
      {ValueType::kDisplacement, "00", "7f"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(std::string(name(one.type)));
    Built main(hex(one.before));
    main.segment().origin = 0;
    main.exported("x", 0x80, ValueType::kByte, 0).patch(one.type, 0);
    const auto loaded = load_modules({{"m", &main.module()}}, z80());
    ASSERT_TRUE(loaded) << error_of(loaded);
    EXPECT_EQ(to_hex(placed(*loaded, 0, 0).bytes), one.after);
  }
}

TEST(LoadModules, big_endian_fields) {
  Built main(hex("01 02 03 04"));
  main.segment().cpu = CpuId{Family::k68000, 0};
  main.segment().big_endian = true;
  main.exported("x", 0x80, ValueType::kByte, 0).patch(ValueType::kPointer, 0);
  ModuleOptions options;
  options.host.family = Family::k68000;
  const auto loaded = load_modules({{"m", &main.module()}}, options);
  ASSERT_TRUE(loaded) << error_of(loaded);
  EXPECT_EQ(to_hex(placed(*loaded, 0, 0).bytes), "01 02 03 84");
}

TEST(LoadModules, values_out_of_range_are_refused) {
  Built far({0});
  far.exported("x", 0x1000, ValueType::kByte, 0).patch(ValueType::kDisplacement, 0);
  EXPECT_EQ(error_of(load_modules({{"m", &far.module()}}, z80())),
            "m: segment 1+0x0 displacement: found 3839, expected -128 to 127");
  Built large({0});
  large.exported("x", 0x100, ValueType::kByte, 0).patch(ValueType::kByte, 0);
  EXPECT_EQ(error_of(load_modules({{"m", &large.module()}}, z80())),
            "m: segment 1+0x0 byte: found 256, expected -128 to 255");
}

TEST(LoadModules, origins_zero_page_and_what_is_left) {
  Built main({1, 2});
  main.segment().origin = 0x100;
  Segment zero;
  zero.type = SectionType::kZeroPage;
  zero.id = 2;
  zero.size = 16;
  main.module().segments.push_back(zero);
  Built other({3});
  const auto loaded = load_modules({{"a", &main.module()}, {"b", &other.module()}}, z80());
  ASSERT_TRUE(loaded) << error_of(loaded);
  EXPECT_EQ(placed(*loaded, 0, 0).address, 0x100U);
  EXPECT_LT(placed(*loaded, 0, 1).end(), 0x100U);
  EXPECT_EQ(placed(*loaded, 1, 0).address, 0x102U);

  other.segment().origin = 0x101;
  EXPECT_EQ(error_of(load_modules({{"a", &main.module()}, {"b", &other.module()}}, z80())),
            "b: segment 1 origin: found 0x101 for 1 bytes, expected free addresses below 0x10000");
  main.module().segments[1].size = 0x101;
  EXPECT_EQ(error_of(load_modules({{"a", &main.module()}}, z80())),
            "a: segment 2: found 257 bytes of zpdata, expected room for them from 0x0 to 0x100");
}

TEST(LoadModules, overlays_share_one_area) {
  Built main({0xc9});
  for (std::uint16_t id = 2; id <= 3; ++id) {
    Segment overlay;
    overlay.type = SectionType::kOverlay;
    overlay.id = id;
    overlay.size = static_cast<std::uint16_t>(id * 10);
    main.module().segments.push_back(overlay);
  }
  const auto loaded = load_modules({{"a", &main.module()}}, z80());
  ASSERT_TRUE(loaded) << error_of(loaded);
  ASSERT_EQ(loaded->overlays.size(), 2U);
  EXPECT_EQ(loaded->overlays[0].address, loaded->overlays[1].address);
  EXPECT_EQ(loaded->overlay.size, 30U);
  EXPECT_EQ(loaded->overlay.address, 0x101U);
}

TEST(LoadModules, a_required_segment_for_another_cpu_is_refused_when_nothing_fits) {
  Built main({0xc9});
  main.segment().cpu = CpuId{Family::k8086, 2};
  EXPECT_TRUE(load_modules({{"a", &main.module()}}, z80()));
  main.segment().required = true;
  EXPECT_EQ(error_of(load_modules({{"a", &main.module()}}, z80())),
            "a: segment 1 cpuid: found 8086 from stepping 2 on, required, expected z80 up to "
            "stepping 255");
}

TEST(LoadModules, budgets) {
  Built main({0xc9});
  main.module().memory.min_stack = 0x100;
  main.module().memory.stack = 0xffff;
  const auto loaded = load_modules({{"a", &main.module()}}, z80());
  ASSERT_TRUE(loaded) << error_of(loaded);
  // What is requested does not fit above the code; all that is free does.
  EXPECT_EQ(loaded->stack.size, 0xfeffU);
  main.module().memory.min_stack = 0xff00;
  EXPECT_EQ(error_of(load_modules({{"a", &main.module()}}, z80())),
            "a: stack and heap: found 65280 and 0 bytes at least, expected at most 65279, what is "
            "free above 0x101");
  ModuleOptions options = z80();
  options.stack_size = 64;
  const auto smaller = load_modules({{"a", &main.module()}}, options);
  ASSERT_TRUE(smaller);
  EXPECT_EQ(smaller->stack.size, 64U);
}

TEST(LoadModules, many_modules_with_many_imports) {
  std::vector<std::unique_ptr<Built>> keep;
  std::vector<std::string> names;
  std::vector<ModuleFile> files;
  for (int i = 0; i < 10000; ++i) names.push_back("name" + std::to_string(i));
  for (std::size_t i = 0; i < 1000; ++i) {
    auto one = std::make_unique<Built>(std::vector<std::uint8_t>(20));
    for (std::size_t k = 0; k < 10; ++k)
      one->import(names[(i * 10 + k + 10) % 10000])
          .patch(ValueType::kWyde, static_cast<std::uint16_t>(2 * k));
    for (std::size_t k = 0; k < 10; ++k) one->exported(names[i * 10 + k], 0);
    keep.push_back(std::move(one));
    files.push_back({names[i], &keep.back()->module()});
  }
  const auto loaded = load_modules(files, z80());
  ASSERT_TRUE(loaded) << error_of(loaded);
  EXPECT_EQ(loaded->imports.size(), 10000U);
}

}  // namespace
}  // namespace cmos::loader

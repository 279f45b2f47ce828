// sdcc's objects as CPOs and back.
#include "formats/rel/convert.h"

#include <gtest/gtest.h>

#include "formats/cpo/cpo.h"

namespace cmos::rel {
namespace {

constexpr std::string_view kObject =
    "XL3\n"
    "H 4 areas 3 global symbols\n"
    "M hello\n"
    "O -mz80\n"
    "S _puts Ref000000\n"
    "S .__.ABS. Def000000\n"
    "S port Def000012\n"
    "A _CODE size A flags 0 addr 0\n"
    "S _main Def000000\n"
    "A _DATA size 4 flags 0 addr 0\n"
    "S _x Def000002\n"
    "A _INITIALIZED size 2 flags 0 addr 0\n"
    "A _DABS size 0 flags 8 addr 0\n"
    // ld hl,_DATA+2; call _puts; ld a,#>(_DATA-1); djnz _puts
    "T 00 00 00 21 02 00 CD 00 00\n"
    "R 00 00 00 00 00 04 01 00 02 07 00 00\n"
    "T 06 00 00 3E FF FF 00 10 00 00 00\n"
    "R 00 00 00 00 89 04 01 00 0F 08 00 00\n"
    "T 00 00 00 34 12\n"
    "R 00 00 02 00\n";

File file_of(std::string_view text) {
  auto read_file = read(as_bytes(text), "t.rel");
  EXPECT_TRUE(read_file) << read_file.error().text();
  return read_file ? *read_file : File{};
}

TEST(RelConvert, an_object_and_its_cpo_say_the_same) {
  const File before = file_of(kObject);
  const auto object = to_object(before, "8080", "t.rel");
  ASSERT_TRUE(object) << object.error().text();
  const auto cpo_file = cpo::from_object(*object);
  ASSERT_TRUE(cpo_file) << cpo_file.error().text();
  const auto bytes = cpo::write(*cpo_file);
  ASSERT_TRUE(bytes) << bytes.error().text();
  const auto again = cpo::read_object(*bytes, "t.cpo");
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->arch, "8080");
  const auto after = from_object(*again);
  ASSERT_TRUE(after) << after.error().text();

  // The area at fixed addresses has nothing in it.
  ASSERT_EQ(after->areas.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    SCOPED_TRACE(before.areas[i].name);
    EXPECT_EQ(after->areas[i].name, before.areas[i].name);
    EXPECT_EQ(after->areas[i].size, before.areas[i].size);
    EXPECT_EQ(after->areas[i].bytes, before.areas[i].bytes);
  }
  std::vector<std::string> names;
  for (const Symbol& one : after->symbols) names.push_back(one.name);
  EXPECT_EQ(names, (std::vector<std::string>{"_puts", "port", "_main", "_x"}));
  EXPECT_EQ(after->symbols[1].area, kNoArea);
  EXPECT_EQ(after->symbols[1].value, 0x12U);
  EXPECT_EQ(after->symbols[3].area, 1U);
  EXPECT_EQ(after->symbols[3].value, 2U);
  EXPECT_EQ(after->areas[0].relocations, before.areas[0].relocations);
}

TEST(RelConvert, kinds_follow_names_and_contents) {
  const File file = file_of(kObject);
  const auto object = to_object(file, "_Z80", "t.rel");
  ASSERT_TRUE(object) << object.error().text();
  using object::SectionKind;
  ASSERT_EQ(object->sections.size(), 3U);
  EXPECT_EQ(object->sections[0].kind, SectionKind::kCode);
  EXPECT_EQ(object->sections[1].kind, SectionKind::kVar);
  EXPECT_EQ(object->sections[2].kind, SectionKind::kVar);
}

TEST(RelConvert, an_area_without_contents_may_be_code_elsewhere) {
  const File file = file_of("XL3\nH 1 areas 0 global symbols\nA _CODE size 0 flags 0 addr 0\n");
  const auto object = to_object(file, "_Z80", "t.rel");
  ASSERT_TRUE(object) << object.error().text();
  const auto again = from_object(*object);
  ASSERT_TRUE(again) << again.error().text();
  ASSERT_EQ(again->areas.size(), 1U);
  EXPECT_FALSE(again->areas[0].variables);
}

TEST(RelConvert, code_refers_to_nothing_that_is_not_loaded) {
  constexpr std::uint8_t kCode[2]{};
  object::Object object;
  object.file = "t.cpo";
  object.arch = "_Z80";
  object.isa = object::isa_of(object.arch);
  object.sections = {
      {.name = "CODE", .kind = object::SectionKind::kCode, .size = 2, .bytes = kCode},
      {.name = ".note", .kind = object::SectionKind::kNote, .size = 4}};
  object.symbols = {{.name = "there",
                     .section = 1,
                     .binding = object::Binding::kGlobal,
                     .place = object::Place::kSection}};
  object.relocations = {{.symbol = 0, .type = object::RelocationType::kAbs16}};
  object::index_relocations(object);
  const auto file = from_object(object);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().text(),
            "t.cpo: symbol 0 \"there\": found a place in \".note\", which is not loaded, expected "
            "one in memory, for a relocation of code or data");
}

TEST(RelConvert, what_no_program_can_have_is_refused) {
  const auto refusal = [](std::string_view text) {
    const File file = file_of(text);
    const auto object = to_object(file, "_Z80", "t.rel");
    return object ? std::string("none") : object.error().text();
  };
  EXPECT_EQ(refusal("XL3\nH 1 areas 0 global symbols\nO -mgbz80\nA _CODE size 0 flags 0 addr 0\n"),
            "t.rel: O, options: found \"-mgbz80\", expected -mz80, code for the Z80");
  EXPECT_EQ(
      refusal("XL3\nH 1 areas 0 global symbols\nA _X size 1 flags 4 addr 0\n"),
      "t.rel: area \"_X\": found an overlaid area, expected one whose parts follow each other");
  EXPECT_EQ(refusal("XL3\nH 1 areas 0 global symbols\nA _H size 1 flags 8 addr 38\n"
                    "T 00 00 00 C9\nR 00 00 00 00\n"),
            "t.rel: area \"_H\": found contents for fixed addresses from 0x38 on, expected a "
            "relocatable area; a start-up code for ROMs is none for programs");
}

TEST(RelConvert, an_object_of_another_cpu_is_refused) {
  object::Object object;
  object.file = "t.cpo";
  object.arch = "8664";
  object.isa = object::isa_of(object.arch);
  const auto file = from_object(object);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().text(), "t.cpo: ARCH: found \"8664\", expected \"_Z80\" or \"8080\"");
}

}  // namespace
}  // namespace cmos::rel

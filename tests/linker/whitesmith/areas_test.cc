// Objects of sdcc's assemblers in a link: their areas, fields of one byte, the names that start-up
// code asks for (docs/whitesmith.md, Objects of sdcc).
#include "formats/archive/archive.h"
#include "formats/rel/rel.h"
#include "tests/linker/whitesmith/fixture.h"

namespace cmos::wslink::test {
namespace {

class AreasLink : public WhitesmithLink {
 protected:
  AreasLink() {
    options_.rules = Rules::kModern;
    options_.relocations = false;  // as of a program
  }

  void add_rel(const std::string& name, std::string_view text) {
    options_.files.push_back(name);
    files_.add(name, bytes_of_text(text));
  }
  static std::vector<std::uint8_t> bytes_of_text(std::string_view text) {
    return {text.begin(), text.end()};
  }
  std::string image() { return to_hex(whitesmith::memory_image(linked().file).value()); }
};

// _CODE: nop, call _far; _DATA: 4 bytes of memory, the word in _CODE is that of its third one.
constexpr std::string_view kFirst =
    "XL3\nH 3 areas 2 global symbols\nM first\nO -mz80\n"
    "S .__.ABS. Def000000\nS _far Ref000000\n"
    "A _CODE size 6 flags 0 addr 0\nS _start Def000000\n"
    "A _LATE size 1 flags 0 addr 0\n"
    "A _DATA size 4 flags 0 addr 0\nS _v Def000001\n"
    "T 00 00 00 00 CD 00 00\nR 00 00 00 00 02 05 01 00\n"
    "T 04 00 00 02 00\nR 00 00 00 00 00 03 02 00\n"
    "T 00 00 00 C9\nR 00 00 01 00\n";
constexpr std::string_view kSecond =
    "XL3\nH 2 areas 1 global symbols\nM second\n"
    "A _CODE size 2 flags 0 addr 0\nS _far Def000001\n"
    "A _DATA size 2 flags 0 addr 0\n"
    "T 00 00 00 11 22\nR 00 00 00 00\n";

TEST_F(AreasLink, areas_follow_in_the_order_of_their_mention) {
  options_.text_base = 0x100;
  add_rel("a.rel", kFirst);
  add_rel("b.rel", kSecond);
  // _CODE of both, _LATE, and _DATA, which nobody has contents for, behind it.
  EXPECT_EQ(image(), "00 cd 07 01 0b 01 11 22 c9");
  const Linked result = linked();
  EXPECT_EQ(result.bss_base, 0x109U);
  EXPECT_EQ(result.file.bss, 6U);
  EXPECT_EQ(symbols(result), "_far=0d:107 _start=0d:100 _v=0f:10a");
}

TEST_F(AreasLink, an_area_of_variables_with_contents_is_data) {
  add_rel("a.rel", kFirst);
  add_rel("b.rel",
          "XL3\nM b\nA _DATA size 2 flags 0 addr 0\nS _far Def000001\n"
          "T 00 00 00 AA BB\nR 00 00 00 00\n");
  options_.data_base = 0x10;
  // The part that has no contents is zeros.
  const Linked result = linked();
  EXPECT_EQ(to_hex(result.file.data), "00 00 00 00 aa bb");
  EXPECT_EQ(result.file.bss, 0U);
  EXPECT_EQ(to_hex(result.file.text), "00 cd 15 00 12 00 c9");
}

TEST_F(AreasLink, fields_of_one_byte) {
  options_.text_base = 0x1234;
  add_rel("a.rel",
          "XL3\nM a\nS _n Ref000000\nA _CODE size 6 flags 0 addr 0\n"
          // ld a,#<_n  ld a,#>_n  jr _n
          "T 00 00 00 3E 01 00 00 3E 01 00 00 18 00 00 00\n"
          "R 00 00 00 00 0B 04 00 00 8B 08 00 00 0F 0C 00 00\n");
  add_rel("b.rel",
          "XL3\nM b\nA _CODE size 1 flags 0 addr 0\nS _n Def000000\n"
          "T 00 00 00 C9\nR 00 00 00 00\n");
  EXPECT_EQ(image(), "3e 3b 3e 12 18 00 c9");
}

TEST_F(AreasLink, distances_that_are_too_long) {
  add_rel("a.rel",
          "XL3\nM a\nS _n Ref000000\nA _CODE size 2 flags 0 addr 0\n"
          "T 00 00 00 18 00 00 00\nR 00 00 00 00 0F 04 00 00\n");
  options_.definitions = {{.name = "_n", .offset = 0x82}};
  EXPECT_EQ(errors(),
            "a.rel: _CODE+0x1: found a distance of 128 to \"_n\", expected -128 to 127, as a "
            "relative jump has\n");
  options_.definitions = {{.name = "_n", .offset = 0x81}};
  EXPECT_EQ(image(), "18 7f");
}

TEST_F(AreasLink, start_up_code_asks_for_bounds) {
  options_.text_base = 0x100;
  add_rel(
      "a.rel",
      "XL3\nM a\n"
      "S s__DATA Ref000000\nS l__DATA Ref000000\nS s_bss Ref000000\nS l_bss Ref000000\n"
      "S s__EMPTY Ref000000\nS l__EMPTY Ref000000\n"
      "A _CODE size C flags 0 addr 0\nA _DATA size 4 flags 0 addr 0\n"
      "A _EMPTY size 0 flags 0 addr 0\nA _BSS size 3 flags 0 addr 0\n"
      "T 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
      "R 00 00 00 00 02 03 00 00 02 05 01 00 02 07 02 00 02 09 03 00 02 0B 04 00 02 0D 05 00\n");
  EXPECT_EQ(image(), "0c 01 04 00 0c 01 07 00 10 01 00 00");
}

TEST_F(AreasLink, names_of_absolute_areas_are_numbers) {
  add_rel("a.rel",
          "XL3\nM a\nS five Def000005\nS port Ref000000\nA _CODE size 2 flags 0 addr 0\n"
          "T 00 00 00 00 00\nR 00 00 00 00 02 03 01 00\n");
  add_rel("b.rel", "XL3\nM b\nA _ABS size 1 flags 8 addr 1234\nS port Def001234\n");
  EXPECT_EQ(image(), "34 12");
  EXPECT_EQ(symbols(linked()), "five=0c:5 port=0c:1234");
}

TEST_F(AreasLink, members_of_archives) {
  add_rel("a.rel", kFirst);
  const auto second = bytes_of_text(kSecond);
  const auto other = bytes_of_text("XL3\nM o\nA _CODE size 1 flags 0 addr 0\nS _other Def000000\n");
  options_.files.push_back("lib.a");
  std::vector<archive::NewMember> members(3);
  members[0].name = "other.rel";
  members[0].bytes = other;
  members[1].name = "second.rel";
  members[1].bytes = second;
  members[2].name = "README";
  members[2].bytes = as_bytes("text");
  files_.add("lib.a", archive::write(members).value());
  EXPECT_EQ(modules(), (std::vector<std::string>{"a.rel", "a.rel", "a.rel", "lib.a(second.rel)",
                                                 "lib.a(second.rel)"}));
}

TEST_F(AreasLink, among_whitesmiths_objects) {
  options_.text_base = 0x100;
  add("start.o", {.text = "c30000",
                  .data = "dd",
                  .bss = 1,
                  .symbols = {extern_("_start"), extern_("_v")},
                  .text_items = {to(1, 0)}});
  add_rel("a.rel", kFirst);
  add("end.o", {.text = "c9", .symbols = {defined("_far", Segment::kText, 0)}});
  EXPECT_EQ(image(), "c3 03 01 00 cd 0a 01 0f 01 c9 c9 dd");
}

TEST_F(AreasLink, a_partial_link_makes_a_whitesmiths_object) {
  options_.partial = options_.relocations = true;
  add_rel("a.rel", kFirst);
  EXPECT_EQ(bytes(),
            "99 17 36 00 07 00 00 00 04 00 00 00 00 00 07 00 00 cd 00 00 09 00 c9 "
            "00 00 08 5f 66 61 72 00 00 00 00 00 00 00 00 00 00 00 "
            "00 00 0d 5f 73 74 61 72 74 00 00 00 00 00 00 00 00 00 "
            "08 00 0f 5f 76 00 00 00 00 00 00 00 00 00 00 00 00 00 "
            "02 50 4c 00 00");
}

TEST_F(AreasLink, whitesmiths_objects_have_no_fields_of_one_byte) {
  options_.partial = options_.relocations = true;
  add_rel("a.rel",
          "XL3\nM a\nS _n Ref000000\nA _CODE size 2 flags 0 addr 0\n"
          "T 00 00 00 3E 00 00 00\nR 00 00 00 00 0B 04 00 00\n");
  EXPECT_EQ(errors(),
            "a.rel: _CODE+0x1: found a relocation of one byte, expected one of a word: "
            "Whitesmith's objects have no others\n");
}

TEST_F(AreasLink, what_is_refused) {
  const auto refusal = [this](std::string_view text) {
    options_.files.clear();
    add_rel("a.rel", text);
    return errors();
  };
  EXPECT_EQ(refusal("XL3\nM a\nO -mstm8\nA _CODE size 0 flags 0 addr 0\n"),
            "a.rel: O, options: found \"-mstm8\", expected -mz80, code for the Z80\n");
  EXPECT_EQ(refusal("XL3\nM a\nA _HEADER size 1 flags 8 addr 0\n"
                    "T 00 00 00 C3\nR 00 00 00 00\n"),
            "a.rel: area \"_HEADER\": found contents for fixed addresses from 0x0 on, expected a "
            "relocatable area; a start-up code for ROMs is none for programs\n");
  EXPECT_EQ(refusal("XL3\nM a\nA _OVL size 1 flags 4 addr 0\n"),
            "a.rel: area \"_OVL\": found an overlaid area, expected one whose parts follow each "
            "other\n");
  EXPECT_EQ(refusal(kFirst),
            "a.rel: _CODE+0x2, symbol \"_far\": found no definition, expected one\n");
}

TEST_F(AreasLink, areas_of_more_than_memory) {
  const auto one = [](std::string_view name) {
    return fmt::format("XL3\nM a\nA {} size A000 flags 0 addr 0\n", name);
  };
  add_rel("a.rel", one("_DATA"));
  add_rel("b.rel", one("_BSS"));
  EXPECT_EQ(errors(), "size of all areas: found 81920, expected at most 65536\n");
}

TEST_F(AreasLink, many_areas_have_many_tables) {
  constexpr int kAreas = 2049;
  std::string many = "XL3\nM a\n";
  for (int i = 0; i < kAreas; ++i) many += fmt::format("A _A{} size 2 flags 0 addr 0\n", i);
  for (int i = 0; i < kAreas; ++i) {
    const std::string area = fmt::format("{:02X} {:02X}", i & 0xff, i >> 8);
    many += fmt::format("T 00 00 00 00 00\nR 00 00 {0}\nT 00 00 00 00 00\nR 00 00 {0} 00 03 {0}\n",
                        area);
  }
  add_rel("a.rel", many);
  EXPECT_EQ(errors(),
            "a.rel: areas with relocations, times symbols: found 2049 times 2049, expected at most "
            "4194304\n");
}

TEST_F(AreasLink, two_definitions_fail) {
  add_rel("a.rel", kSecond);
  add_rel("b.rel", kSecond);
  EXPECT_EQ(errors(),
            "b.rel: symbol \"_far\": found a second definition, expected one; the first is in "
            "a.rel\n");
}

TEST_F(AreasLink, the_original_rules_know_no_areas) {
  options_.rules = Rules::kOriginal;
  add_rel("a.rel", kFirst);
  EXPECT_THAT(errors(), HasSubstr("0x99, an object"));
}

}  // namespace
}  // namespace cmos::wslink::test

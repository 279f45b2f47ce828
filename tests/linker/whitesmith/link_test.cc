// Layout, relocation and output, each rule with its bytes (docs/whitesmith.md Linking).
#include "tests/linker/whitesmith/fixture.h"

namespace cmos::wslink::test {
namespace {

// Text, data and bss follow each other without alignment.
TEST_F(WhitesmithLink, segments_are_concatenated_in_order) {
  add("a", {.text = "aa", .data = "0d", .bss = 3});
  add("b", {.text = "bbbb",
            .data = "0e0e0e",
            .bss = 1,
            .symbols = {defined("t", Segment::kText, 1), defined("d", Segment::kData, 3),
                        defined("b", Segment::kBss, 5)}});
  options_.text_base = 0x100;
  EXPECT_EQ(bytes(),
            "99 14 24 00 03 00 04 00 04 00 00 00 00 01 03 01 aa bb bb 0d 0e 0e 0e "
            "02 01 0d 74 00 00 00 00 00 00 00 00 05 01 0e 64 00 00 00 00 00 00 00 00 "
            "0a 01 0f 62 00 00 00 00 00 00 00 00 00 00");
}

TEST_F(WhitesmithLink, bases) {
  add("a", {.text = "2a0300 220400",
            .data = "00",
            .bss = 1,
            .text_items = {at(1, Segment::kText), at(4, Segment::kData)}});
  options_.text_base = 0x123;
  options_.data_zero_bits = 12;
  Linked result = linked();
  EXPECT_EQ(result.file.data_base, 0x1000U);
  EXPECT_EQ(result.bss_base, 0x1001U);
  options_.data_base = 0x80;
  options_.bss_base = 0x4000;
  result = linked();
  EXPECT_EQ(result.file.data_base, 0x80U);
  EXPECT_EQ(result.bss_base, 0x4000U);
  EXPECT_EQ(to_hex(result.file.text), "2a 26 01 22 7e 00");
  options_.text_fill_bits = 4;
  options_.data_base.reset();
  result = linked();
  EXPECT_EQ(result.file.text.size(), 16U);
  EXPECT_EQ(result.file.data_base, 0x1000U);
}

TEST_F(WhitesmithLink, modules_with_bases_of_their_own_are_rebased) {
  add("tb.o",
      {.text = "210440 210080 210180",
       .data = "0080",
       .bss = 1,
       .symbols = {defined("t", Segment::kText, 0x4003), defined("d", Segment::kData, 0x8001)},
       .text_items = {at(1, Segment::kText), at(4, Segment::kData), at(7, Segment::kBss)},
       .data_items = {at(0, Segment::kData)},
       .text_base = 0x4000,
       .data_base = 0x8000});
  options_.text_base = 0x100;
  const Linked result = linked();
  EXPECT_EQ(to_hex(result.file.text), "21 04 01 21 09 01 21 0a 01");
  EXPECT_EQ(to_hex(result.file.data), "09 01");
  EXPECT_EQ(symbols(result), "t=0d:103 d=0e:10a");
}

TEST_F(WhitesmithLink, the_heap_is_the_options_alone) {
  add("hp.o", {.text = "c9", .heap = 0x200});
  EXPECT_EQ(linked().file.heap, 0U);
  options_.heap = 0x300;
  EXPECT_EQ(bytes(), "99 14 00 00 01 00 00 00 00 00 00 03 00 00 01 00 c9 00 00");
}

TEST_F(WhitesmithLink, two_definitions_fail) {
  add("a", kM0);
  add("b", kM0);
  EXPECT_EQ(errors(),
            "b: symbol \"m0\": found a second definition, expected one; the first is in a\n");
}

TEST_F(WhitesmithLink, ends_are_defined_when_referred_to) {
  add("a",
      {.text = "210000 210000 210000",
       .data = "00",
       .bss = 2,
       .symbols = {extern_("etext"), extern_("__edata"), extern_("__memory"), extern_("buf", 5)},
       .text_items = {to(1, 0), to(4, 1), to(7, 2)}});
  options_.text_base = 0x100;
  options_.boundaries = {{Boundary::Kind::kEnd, Segment::kText, "etext"},
                         {Boundary::Kind::kEnd, Segment::kData, "__edata"},
                         {Boundary::Kind::kEnd, Segment::kBss, "__memory"},
                         {Boundary::Kind::kEnd, Segment::kBss, "unused"}};
  const Linked result = linked();
  EXPECT_EQ(to_hex(result.file.text), "21 09 01 21 0a 01 21 11 01");
  EXPECT_EQ(symbols(result), "etext=0d:109 __edata=0e:10a __memory=0f:111 buf=0f:10c");
  EXPECT_EQ(result.file.text_items[2], at(7, Segment::kBss));
}

TEST_F(WhitesmithLink, sizes_are_numbers) {
  add("a",
      {.text = "210000", .data = "0000", .symbols = {extern_("sd")}, .text_items = {to(1, 0)}});
  options_.text_base = 0x100;
  options_.boundaries = {{Boundary::Kind::kSize, Segment::kData, "sd"}};
  EXPECT_EQ(symbols(linked()), "sd=0c:2");
}

TEST_F(WhitesmithLink, an_end_that_an_input_defines_is_refused) {
  add("a", kM0);
  options_.boundaries = {{Boundary::Kind::kEnd, Segment::kText, "m0"}};
  EXPECT_THAT(errors(),
              HasSubstr("a: symbol \"m0\": found a definition of a name that the linker"));
}

TEST_F(WhitesmithLink, undefined_names_stand_first_then_the_order_of_first_mention) {
  add("a",
      {.symbols = {defined("z", Segment::kText, 0), extern_("u2"), extern_("x"), extern_("u1")}});
  add("b", {.symbols = {defined("x", Segment::kText, 0), extern_("u1")}});
  options_.partial = true;
  EXPECT_EQ(symbols(linked()), "u2=08:0 u1=08:0 z=0d:0 x=0d:0");
}

TEST_F(WhitesmithLink, partial_links_renumber_undefined_and_settle_defined_names) {
  add("a", {.text = "cd0000 cd0000",
            .symbols = {extern_("far"), extern_("f")},
            .text_items = {to(1, 0), to(4, 1)}});
  add("b", {.text = "c9 cd0000",
            .symbols = {extern_("more"), extern_("far"), defined("f", Segment::kText, 0)},
            .text_items = {to(2, 1)}});
  options_.partial = true;
  const Linked result = linked();
  EXPECT_EQ(symbols(result), "far=08:0 more=08:0 f=0d:6");
  EXPECT_EQ(to_hex(result.file.text), "cd 00 00 cd 06 00 c9 cd 00 00");
  EXPECT_EQ(to_hex(bytes_of(result, true).value()).substr(3 * (16 + 10 + 36)),
            "01 50 01 44 02 50 00 00");
}

// The distance to the end of one module and that to the first item of the next are one.
TEST_F(WhitesmithLink, streams_run_over_all_modules) {
  std::string zeros;
  for (int i = 0; i < 9000; ++i) zeros += "00";
  add("b1", {.text = zeros + "0000", .text_items = {at(0, Segment::kText)}});
  add("b2", {.text = "00 0000", .text_items = {at(1, Segment::kText)}});
  const auto output = bytes_of(linked(), true).value();
  // Distance 9001 between the end of the first item and the start of the second.
  EXPECT_EQ(to_hex(Bytes(output).subspan(16 + 9005)), "44 3f ff 22 ea 44 00 00");
}

TEST_F(WhitesmithLink, many_externs_use_extended_indices) {
  Draft draft;
  std::string text;
  std::vector<std::string> names;
  for (int i = 0; i < 220; ++i) names.push_back(fmt::format("e{}", i));
  for (std::uint32_t i = 0; i < 220; ++i) {
    text += "0000";
    draft.symbols.push_back(extern_(names[i]));
    draft.text_items.push_back(to(2 * i, i));
  }
  draft.text = text;
  add("e1", draft);
  add("e2", {.symbols = {defined("e0", Segment::kAbsolute, 7)}});
  options_.partial = true;
  const Linked result = linked();
  ASSERT_EQ(result.file.text_items.size(), 220U);
  EXPECT_EQ(result.file.text_items[0], at(0, Segment::kAbsolute));
  EXPECT_EQ(result.file.text_items[1], to(2, 0));
  EXPECT_EQ(result.file.text_items[219], to(438, 218));
  const auto output = bytes_of(result, true).value();
  EXPECT_EQ(to_hex(Bytes(output).last(4)), "80 2f 00 00");  // index 218 = 171 + 0x2f
}

TEST_F(WhitesmithLink, relative_words_lose_the_change_of_their_segment) {
  Item relative = to(0, 0);
  relative.relative = true;
  add("p2.o", {.text = "0000", .symbols = {defined("ext", Segment::kText, 1)}});
  add("p1.o",
      {.text = "0000 0000", .symbols = {extern_("ext")}, .text_items = {relative, to(2, 0)}});
  options_.text_base = 0x100;
  const Linked result = linked();
  EXPECT_EQ(to_hex(result.file.text), "00 00 ff ff 01 01");
  EXPECT_EQ(to_hex(bytes_of(result, true).value()).substr(3 * (16 + 6 + 12)), "02 45 44 00 00");
}

TEST_F(WhitesmithLink, words_of_four_bytes) {
  Item wide = to(2, 0);
  wide.is_long = true;
  const Draft near{.text = "4ef9 00000002 0004",
                   .symbols = {extern_("_f")},
                   .text_items = {wide, at(6, Segment::kText)},
                   .config = 0x2d};
  add("a", near);
  add("b", {.text = "4e75", .symbols = {defined("_f", Segment::kText, 0)}, .config = 0x2d});
  options_.text_base = 0x1000;
  EXPECT_EQ(to_hex(linked().file.text), "4e f9 00 00 10 0a 10 04 4e 75");
  options_.text_base = 0x12340;
  EXPECT_EQ(errors(), "a: text+0x6: found 74564, expected a value of 16 bits\n");
}

TEST_F(WhitesmithLink, sums_of_words_are_modulo_65536) {
  add("a", {.text = "ffff", .symbols = {extern_("x")}, .text_items = {to(0, 0)}});
  add("b", {.symbols = {defined("x", Segment::kAbsolute, 0xf001)}});
  EXPECT_EQ(to_hex(linked().file.text), "00 f0");
}

TEST_F(WhitesmithLink, output_without_symbols_relocations_and_header) {
  add("a", {.text = "210300",
            .data = "55",
            .symbols = {defined("x", Segment::kText, 0)},
            .text_items = {at(1, Segment::kData)}});
  options_.text_base = 0x100;
  options_.relocations = false;
  EXPECT_EQ(bytes(),
            "99 94 0c 00 03 00 01 00 00 00 00 00 00 01 03 01 21 03 01 55 "
            "00 01 0d 78 00 00 00 00 00 00 00 00");
  options_.symbols = false;
  EXPECT_EQ(bytes(), "99 94 00 00 03 00 01 00 00 00 00 00 00 01 03 01 21 03 01 55");
  EXPECT_EQ(to_hex(bytes_of(linked(), false).value()), "21 03 01 55");
  options_.relocations = true;
  EXPECT_EQ(bytes(), "99 14 00 00 03 00 01 00 00 00 00 00 00 01 03 01 21 03 01 55 01 48 00 00");
}

TEST_F(WhitesmithLink, absolute_output) {
  add("a", {.text = "210300",
            .data = "55",
            .symbols = {defined("x", Segment::kData, 3)},
            .text_items = {at(1, Segment::kData)}});
  options_.text_base = 0x100;
  options_.absolute = true;
  EXPECT_EQ(bytes(),
            "99 14 0c 00 03 00 01 00 00 00 00 00 00 01 03 01 21 03 01 55 "
            "03 01 0c 78 00 00 00 00 00 00 00 00 00 00");
  options_.no_contents = true;
  EXPECT_EQ(bytes(),
            "99 14 0c 00 00 00 00 00 00 00 00 00 00 00 00 00 03 01 0c 78 00 00 00 00 00 00 00 00 "
            "00 00");
}

TEST_F(WhitesmithLink, text_and_data_may_change_places) {
  add("a", {.text = "aa",
            .data = "0100",
            .symbols = {defined("d", Segment::kData, 1)},
            .data_items = {at(0, Segment::kData)}});
  add("b", {.text = "bb", .data = "0d"});
  options_.data_to_text = true;
  Linked result = linked();
  EXPECT_EQ(to_hex(result.file.text), "aa 01 00 bb 0d");
  EXPECT_EQ(symbols(result), "d=0d:1");
  EXPECT_EQ(result.file.text_items[0], at(1, Segment::kText));
  options_.text_to_text = false;
  result = linked();
  EXPECT_EQ(to_hex(result.file.text), "00 00 0d");
  EXPECT_EQ(to_hex(result.file.data), "aa bb");
  options_.data_to_text = false;
  result = linked();
  EXPECT_EQ(to_hex(result.file.data), "aa 01 00 bb 0d");
  EXPECT_TRUE(result.file.text.empty());
}

TEST_F(WhitesmithLink, names_of_the_command_line_take_members) {
  archive("l.a", {{"m0", kM0}});
  options_.undefined = {"m0"};
  EXPECT_THAT(modules(), ElementsAre("l.a(m0)"));
  options_.undefined = {"nobody", "m0"};
  EXPECT_EQ(errors(),
            "symbol \"nobody\": found no definition, expected one, as the command line "
            "asks for it\n");
}

TEST_F(WhitesmithLink, defined_by_the_command_line) {
  options_.rules = Rules::kModern;
  add("m", kMain);
  archive("l.a", {{"m1", kNeedsM0}});
  options_.definitions = {{"m1", "", 0x55}, {"alias", "m1", 1}};
  const Linked result = linked();
  EXPECT_EQ(result.modules.size(), 1U);
  EXPECT_EQ(symbols(result), "m1=0c:55 alias=0c:56");
  EXPECT_EQ(to_hex(result.file.text), "cd 55 00");
}

TEST_F(WhitesmithLink, images_have_zeros_between_text_and_data) {
  add("a", {.text = "aa", .data = "0d"});
  options_.text_base = 0x100;
  options_.data_base = 0x104;
  EXPECT_EQ(to_hex(whitesmith::memory_image(linked().file).value()), "aa 00 00 00 0d");
  options_.data_base = 0x80;
  EXPECT_EQ(whitesmith::memory_image(linked().file).error().text(),
            "data base: found 0x80, expected 0x101 or more, the end of text");
  whitesmith::File far = linked().file;
  far.data_base = 0x2000000;
  EXPECT_EQ(whitesmith::memory_image(far).error().text(),
            "data base: found 0x2000000, expected an end of data at most 0x1000000 bytes behind "
            "0x100");
}

TEST_F(WhitesmithLink, segments_have_less_than_64_kilobytes) {
  add("a", {.bss = 0xffff});
  add("b", {.bss = 1});
  EXPECT_EQ(errors(), "bss size: found 65536, expected at most 65535\n");
}

TEST_F(WhitesmithLink, a_missing_file_and_a_file_of_another_format) {
  options_.files = {"nowhere", "text"};
  files_.add("text", {'h', 'i'});
  const std::string text = errors();
  EXPECT_THAT(text, HasSubstr("nowhere"));
  EXPECT_THAT(text, HasSubstr("text: offset 0x0: magic: found \"hi\", expected 0x99, an object, or "
                              "0xff75, 0xff65 or 0xff6d, an archive"));
}

TEST_F(WhitesmithLink, map) {
  add("m", kMain);
  archive("l.a", {{"m1", {.text = "c9", .symbols = {defined("m1", Segment::kText, 0)}}}});
  options_.text_base = 0x100;
  EXPECT_EQ(map_text(linked(), options_),
            "Segments\n"
            "  text   0x0100  0x0004\n"
            "  data   0x0104  0x0000\n"
            "  bss    0x0104  0x0000\n"
            "\nModules, their segments\n"
            "  m\n"
            "    text   0x0100  0x0003\n"
            "  l.a(m1)\n"
            "    text   0x0103  0x0001\n"
            "\nSymbols\n"
            "  0x0103  text      \"m1\"              l.a(m1)\n");
}

// 2,000 objects with 65,000 relocations: that it ends, and what comes of it.
TEST_F(WhitesmithLink, two_thousand_objects) {
  std::vector<std::string> names;
  for (int i = 0; i < 2000; ++i) names.push_back(fmt::format("f{}", i));
  std::string words;
  for (int i = 0; i < 17; ++i) words += "0000";
  const auto fill = [&](std::string_view& contents, std::vector<Item>& items, std::uint32_t count) {
    contents = std::string_view(words).substr(0, 4 * count);
    for (std::uint32_t k = 0; k < count; ++k) items.push_back(to(2 * k, 0));
  };
  for (std::uint32_t i = 0; i < 2000; ++i) {
    Draft draft{.symbols = {extern_(names[(i + 1) % 2000]), defined(names[i], Segment::kText, 0)}};
    fill(draft.text, draft.text_items, i % 4 == 0 ? 17 : 16);
    fill(draft.data, draft.data_items, i % 4 == 1 ? 17 : 16);
    add(names[i], draft);
  }
  options_.relocations = false;
  options_.symbols = false;
  const Linked result = linked();
  EXPECT_EQ(result.file.text.size() + result.file.data.size(), 2U * 65000);
}

}  // namespace
}  // namespace cmos::wslink::test

// Which modules take part and which definition wins, by the original linker's rules and the modern
// ones, each with the bytes it gives (docs/whitesmith.md Linking).
#include "tests/linker/whitesmith/fixture.h"

namespace cmos::wslink::test {
namespace {

// Three objects refer to buf, common of 8 and of 20 bytes: 20 are allocated behind bss.
void add_commons(std::vector<std::pair<std::string, Draft>>& out) {
  out = {{"c1",
          {.text = "210000 210300",
           .bss = 4,
           .symbols = {extern_("buf", 8)},
           .text_items = {to(1, 0), to(4, 0)}}},
         {"c2",
          {.text = "2a0000 220400",
           .bss = 6,
           .symbols = {extern_("buf", 20)},
           .text_items = {to(1, 0), at(4, Segment::kBss)}}},
         {"c3", {.data = "000000000000"}}};
  // The word in place is an address of the module: bss begins behind 6 bytes of text.
  out[1].second.text = "2a0000 220700";
}

TEST_F(WhitesmithLink, commons_get_the_largest_size_behind_bss) {
  std::vector<std::pair<std::string, Draft>> objects;
  add_commons(objects);
  for (const auto& one : objects) add(one.first, one.second);
  const Linked result = linked();
  EXPECT_EQ(to_hex(result.file.text), "21 1c 00 21 1f 00 2a 1c 00 22 17 00");
  EXPECT_EQ(result.file.bss, 30U);
  EXPECT_EQ(symbols(result), "buf=0f:1c");
  EXPECT_EQ(result.file.text_items[0], at(1, Segment::kBss));
}

TEST_F(WhitesmithLink, partial_link_keeps_commons_and_their_largest_size) {
  std::vector<std::pair<std::string, Draft>> objects;
  add_commons(objects);
  for (const auto& one : objects) add(one.first, one.second);
  options_.partial = true;
  options_.text_base = 0x100;
  const Linked result = linked();
  EXPECT_EQ(symbols(result), "buf=08:14");
  EXPECT_EQ(result.file.bss, 10U);
  EXPECT_EQ(bytes(),
            "99 14 0c 00 0c 00 06 00 0a 00 00 00 00 01 0c 01 21 00 00 21 03 00 2a 00 00 22 17 01 "
            "00 00 00 00 00 00 14 00 08 62 75 66 00 00 00 00 00 00 01 50 01 50 01 50 01 4c 00 00");
}

TEST_F(WhitesmithLink, archives_are_searched_once_from_front_to_back) {
  add("m", kMain);
  archive("l1.a", {{"m0", kM0}, {"m1", kNeedsM0}});
  EXPECT_EQ(errors(), "l1.a(m1): text+0x1, symbol \"m0\": found no definition, expected one\n");
}

TEST_F(WhitesmithLink, a_member_that_is_needed_later_may_stand_later) {
  add("m", kMain);
  archive("l2.a", {{"m1", kNeedsM0}, {"m0", kM0}});
  EXPECT_THAT(modules(), ElementsAre("m", "l2.a(m1)", "l2.a(m0)"));
  EXPECT_EQ(to_hex(linked().file.text), "cd 03 00 cd 06 00 c9");
}

TEST_F(WhitesmithLink, an_archive_that_is_named_twice_is_searched_twice) {
  add("m", kMain);
  archive("l1.a", {{"m0", kM0}, {"m1", kNeedsM0}});
  options_.files.push_back("l1.a");
  EXPECT_THAT(modules(), ElementsAre("m", "l1.a(m1)", "l1.a(m0)"));
}

TEST_F(WhitesmithLink, modern_rules_search_archives_until_nothing_is_found) {
  options_.rules = Rules::kModern;
  archive("l1.a", {{"m0", kM0}, {"m1", kNeedsM0}});
  add("m", kMain);
  EXPECT_THAT(modules(), ElementsAre("m", "l1.a(m1)", "l1.a(m0)"));
}

TEST_F(WhitesmithLink, an_archive_before_its_users_gives_nothing) {
  archive("l2.a", {{"m1", kM0}});
  add("m", kMain);
  EXPECT_THAT(errors(), HasSubstr("symbol \"m1\""));
}

TEST_F(WhitesmithLink, an_object_is_always_taken) {
  add("m0", kM0);
  add("other", {.data = "55"});
  EXPECT_THAT(modules(), ElementsAre("m0", "other"));
}

TEST_F(WhitesmithLink, a_definition_in_an_archive_wins_over_commons) {
  std::vector<std::pair<std::string, Draft>> objects;
  add_commons(objects);
  add("c1", objects[0].second);
  add("c3", objects[2].second);
  archive("l3.a", {{"b", {.data = "0102", .symbols = {defined("buf", Segment::kData, 0)}}}});
  const Linked result = linked();
  EXPECT_EQ(result.modules.size(), 3U);
  EXPECT_EQ(symbols(result), "buf=0e:c");
  EXPECT_EQ(result.file.bss, 4U);
  EXPECT_EQ(to_hex(result.file.text), "21 0c 00 21 0f 00");
}

TEST_F(WhitesmithLink, commons_and_locals_take_no_member) {
  add("m", kMain);
  archive("l.a", {{"common", {.bss = 1, .symbols = {extern_("m1", 4)}}},
                  {"local", {.text = "00", .symbols = {defined("m1", Segment::kText, 0, false)}}}});
  EXPECT_EQ(errors(), "m: text+0x1, symbol \"m1\": found no definition, expected one\n");
}

TEST_F(WhitesmithLink, local_names_do_not_meet) {
  add("n1", {.text = "2a0000",
             .symbols = {defined("loc", Segment::kText, 0, false)},
             .text_items = {at(1, Segment::kText)}});
  add("n2", {.text = "2a0000",
             .symbols = {defined("loc", Segment::kText, 0, false)},
             .text_items = {at(1, Segment::kText)}});
  const Linked result = linked();
  EXPECT_EQ(symbols(result), "");
  EXPECT_EQ(to_hex(result.file.text), "2a 00 00 2a 03 00");
}

TEST_F(WhitesmithLink, a_relocation_must_name_an_undefined_symbol) {
  const Draft named{
      .text = "00cd0000", .symbols = {defined("f", Segment::kText, 1)}, .text_items = {to(2, 0)}};
  add("n1", {.text = "00"});
  add("n3", named);
  EXPECT_EQ(errors(),
            "n3: text+0x2, symbol 0 \"f\": found a symbol that is defined here, expected an "
            "undefined global one\n");
  options_.rules = Rules::kModern;
  const Linked result = linked();
  EXPECT_EQ(to_hex(result.file.text), "00 00 cd 02 00");
  EXPECT_EQ(result.file.text_items[0], at(3, Segment::kText));
}

TEST_F(WhitesmithLink, all_inputs_have_one_config_byte) {
  add("s1", kMain);
  add("k15", {.text = "c9", .symbols = {defined("m1", Segment::kText, 0)}, .config = 0x17});
  EXPECT_EQ(errors(), "k15: config byte: found 0x17, expected 0x14, that of the first object\n");
  options_.rules = Rules::kModern;
  const Linked result = linked();
  EXPECT_EQ(result.file.config.byte, 0x17);
  EXPECT_EQ(to_hex(result.file.text), "cd 03 00 c9");
}

TEST_F(WhitesmithLink, inputs_have_relocations) {
  add("p", {.text = "c9", .config = 0x94});
  EXPECT_EQ(errors(),
            "p: config byte: found 0x94, no relocations, expected an object with relocations\n");
}

TEST_F(WhitesmithLink, members_are_like_the_first_object) {
  add("m", kMain);
  archive("l.a", {{"other", {.config = 0x17}}, {"m1", kM0}});
  EXPECT_THAT(errors(), HasSubstr("l.a(other): config byte: found 0x17"));
}

TEST_F(WhitesmithLink, absolute_names_become_absolute_relocations) {
  add("s1", {.text = "210000", .symbols = {extern_("abs")}, .text_items = {to(1, 0)}});
  add("s2", {.symbols = {defined("abs", Segment::kAbsolute, 0x1234)}});
  EXPECT_EQ(bytes(),
            "99 14 0c 00 03 00 00 00 00 00 00 00 00 00 03 00 21 34 12 "
            "34 12 0c 61 62 73 00 00 00 00 00 00 01 40 00 00");
}

}  // namespace
}  // namespace cmos::wslink::test

// Archives of ar, llvm-ar and our own writer, and every way in which one can be wrong.
#include "formats/archive/archive.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

namespace cmos::archive {
namespace {

std::string header(const std::string& name, const std::string& size,
                   const std::string& mode = "644", const std::string& end = "`\n") {
  return fmt::format("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}{}", name, "0", "0", "0", mode, size, end);
}
std::string member(const std::string& name, const std::string& bytes) {
  return header(name, std::to_string(bytes.size())) + bytes + (bytes.size() % 2 != 0 ? "\n" : "");
}
std::string big(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}
std::string little(std::uint32_t value) {
  const std::string text = big(value);
  return {text.rbegin(), text.rend()};
}
std::string magic() {
  return std::string(kMagic);
}

std::string outcome(const std::string& bytes) {
  const auto archive = read(as_bytes(bytes), "l.a");
  return archive ? "read" : archive.error().text();
}

TEST(Archive, ReadsGnuNames) {
  const std::string bytes = magic() +
                            member("//", "a_very_long_member_name.o/\nsecond_long_name_too.o/\n") +
                            member("short.o/", "abc") + member("/0", "de") + member("/27", "");
  const auto archive = read(as_bytes(bytes), "l.a");
  ASSERT_TRUE(archive) << archive.error().text();
  ASSERT_EQ(archive->members.size(), 3u);
  EXPECT_EQ(archive->members[0].name, "short.o");
  EXPECT_EQ(as_text(archive->members[0].bytes), "abc");
  EXPECT_EQ(archive->members[0].mode, 0644u);
  EXPECT_EQ(archive->members[1].name, "a_very_long_member_name.o");
  EXPECT_EQ(archive->members[2].name, "second_long_name_too.o");
  EXPECT_EQ(bytes.substr(archive->members[1].offset, 2), "de");
  EXPECT_FALSE(archive->has_index);
}

TEST(Archive, ReadsThinOnesOnDemand) {
  const std::string names = member("//", "sub/first.o/\nsecond.o/\n\n");
  const std::string index = big(1) + big(0) + std::string("f\0", 2);
  const auto first = static_cast<std::uint32_t>(8 + 60 + index.size() + names.size());
  const std::string bytes = std::string(kThinMagic) +
                            member("/", big(1) + big(first) + index.substr(8)) + names +
                            header("/0", "1000") + header("/13", "4");
  const auto archive = read(as_bytes(bytes), "l.a", Thin::kAllow);
  ASSERT_TRUE(archive) << archive.error().text();
  EXPECT_TRUE(archive->thin);
  ASSERT_EQ(archive->members.size(), 2u);
  EXPECT_EQ(archive->members[0].name, "sub/first.o");
  EXPECT_EQ(archive->members[0].size, 1000u);
  EXPECT_TRUE(archive->members[0].bytes.empty());
  EXPECT_EQ(archive->members[1].name, "second.o");
  ASSERT_EQ(archive->index.size(), 1u);
  EXPECT_EQ(archive->index[0].symbol, "f");
  EXPECT_EQ(archive->index[0].member, 0u);
}

TEST(Archive, CountsPaddingAsGnuDoes) {
  const auto bytes = write({{"a_name_of_sixteen.o", as_bytes("x"), {"odd"}}, {"b.o", {}, {"ab"}}});
  ASSERT_TRUE(bytes);
  // "odd\0ab\0" and the name with "/\n" have odd sizes.
  EXPECT_EQ(as_text(*bytes).substr(8 + 48, 10), "20        ");
  EXPECT_EQ(as_text(*bytes).substr(8 + 60 + 20 + 48, 10), "22        ");
}

TEST(Archive, ReadsBsdNamesAndIndex) {
  const std::string names = std::string("f\0g\0", 4);
  const std::uint32_t first = 8 + 60 + 40;
  const std::string index =
      little(16) + little(0) + little(first) + little(2) + little(first) + little(4) + names;
  const std::string bytes = magic() + member("#1/12", std::string("__.SYMDEF\0\0\0", 12) + index) +
                            member("#1/20", std::string("long_member_name.o\0\0", 20) + "abc");
  const auto archive = read(as_bytes(bytes), "l.a");
  ASSERT_TRUE(archive) << archive.error().text();
  ASSERT_EQ(archive->members.size(), 1u);
  EXPECT_EQ(archive->members[0].name, "long_member_name.o");
  EXPECT_EQ(as_text(archive->members[0].bytes), "abc");
  ASSERT_EQ(archive->index.size(), 2u);
  EXPECT_EQ(archive->index[1].symbol, "g");
  EXPECT_EQ(archive->index[1].member, 0u);
}

TEST(Archive, IsWrittenAsArDoes) {
  const std::string content = "abc";
  NewMember one{"one.o", as_bytes(content), {"f", "g"}};
  NewMember two{"a_name_of_more_than_15.o", as_bytes(content), {"h"}};
  const auto bytes = write({one, two});
  ASSERT_TRUE(bytes) << bytes.error().text();
  const std::string index = big(3) + big(176) + big(176) + big(240) + std::string("f\0g\0h\0", 6);
  EXPECT_EQ(as_text(*bytes), magic() + header("/", "22", "0") + index +
                                 fmt::format("{:<48}{:<10}`\n", "//", 26) +
                                 "a_name_of_more_than_15.o/\n" + header("one.o/", "3") + "abc\n" +
                                 header("/0", "3") + "abc\n");
}

TEST(Archive, SurvivesItsOwnWriter) {
  for (std::size_t length = 1; length < 40; ++length) {
    const std::string content(length % 7, 'c');
    NewMember one{std::string(length, 'n'),
                  as_bytes(content),
                  {"f", "", "\xff"},
                  123456789012,
                  999999,
                  17,
                  0777};
    NewMember two{"#1", as_bytes(content), {}};
    NewMember four{"\xc3\xa9\xff", as_bytes(content), {}};
    NewMember three{"__.SYMDEF", as_bytes(content), {"g"}};
    for (const bool with_index : {false, true}) {
      const auto bytes = write({one, two, three, four}, with_index);
      ASSERT_TRUE(bytes) << bytes.error().text();
      const auto back = read(*bytes, "l.a");
      ASSERT_TRUE(back) << back.error().text();
      ASSERT_EQ(back->members.size(), 4u);
      EXPECT_EQ(back->members[3].name, "\xc3\xa9\xff");
      EXPECT_EQ(back->members[0].name, one.name);
      EXPECT_EQ(back->members[1].name, "#1");
      EXPECT_EQ(back->members[2].name, "__.SYMDEF");
      EXPECT_EQ(as_text(back->members[0].bytes), content);
      EXPECT_EQ(back->members[0].modified, 123456789012u);
      EXPECT_EQ(back->members[0].uid, 999999u);
      EXPECT_EQ(back->members[0].mode, 0777u);
      EXPECT_EQ(back->has_index, with_index);
      EXPECT_EQ(back->index.size(), with_index ? 4u : 0u);
    }
  }
}

TEST(Archive, WriterRefusesWhatHeadersCannotHold) {
  auto refusal = [](NewMember one) {
    const auto bytes = write({std::move(one)});
    return bytes ? std::string("written") : bytes.error().text();
  };
  EXPECT_EQ(refusal({"", {}, {}}),
            "member name: member \"\": found \"\", expected a name without '/' and line feed");
  EXPECT_EQ(
      refusal({"a/b", {}, {}}),
      "member name: member \"a/b\": found \"a/b\", expected a name without '/' and line feed");
  EXPECT_EQ(refusal({"a", {}, {}, 0, 1000000}),
            "member uid, gid: member \"a\": found 1000000, 0, expected at most six digits");
  EXPECT_EQ(refusal({"a", {}, {std::string_view("f\0", 2)}}),
            "symbol: member \"a\": found \"f\\x00\", expected a name without 0");
}

TEST(Archive, KnowsItsMagic) {
  EXPECT_TRUE(looks_like_archive(as_bytes(kMagic)));
  EXPECT_TRUE(looks_like_archive(as_bytes(kThinMagic)));
  EXPECT_FALSE(looks_like_archive(as_bytes("!<arch>")));
  EXPECT_EQ(outcome(magic()), "read");
}

struct BadArchive {
  const char* name;
  std::string bytes;
  std::string error;
};
void PrintTo(const BadArchive& one, std::ostream* out) {
  *out << one.name;
}
class BadArchiveFile : public testing::TestWithParam<BadArchive> {};
TEST_P(BadArchiveFile, IsRefused) {
  EXPECT_EQ(outcome(GetParam().bytes), GetParam().error);
}

std::string at(const char* text) {
  return std::string("l.a: offset ") + text;
}
std::string indexed(const std::string& index) {
  return magic() + member("/", index) + member("m.o/", "ab");
}
std::string bsd(const std::string& index) {
  return magic() + member("__.SYMDEF", index) + member("m.o/", "ab");
}

// clang-format off
const BadArchive kFaults[] = {
    {"empty", "", at("0x0: magic: found \"\", expected \"!<arch>\\n\"")},
    {"magic", "!<arcx>\n", at("0x0: magic: found \"!<arcx>\\n\", expected \"!<arch>\\n\"")},
    {"thin", std::string(kThinMagic) + header("m.o/", "4"), at("0x0: magic: found \"!<thin>\\n\", a thin archive, which holds only the names of its members, expected an ordinary archive (ar rcs, without --thin)")},
    {"header_cut", magic() + header("m.o/", "2").substr(0, 59), at("0x8: member header: found 59 bytes left, expected 60 bytes")},
    {"header_end", magic() + header("m.o/", "2", "644", "`\r") + "ab", at("0x42: end of member header: found \"`\\r\", expected \"`\\n\"")},
    {"size_not_a_number", magic() + header("m.o/", "2x") + "ab", at("0x38: member size: found \"2x\", expected a decimal number")},
    {"size_negative", magic() + header("m.o/", "-2") + "ab", at("0x38: member size: found \"-2\", expected a decimal number")},
    {"size_one_over", magic() + header("m.o/", "3") + "ab", at("0x38: member size: found 3, expected at most 2, the bytes left")},
    {"size_max", magic() + header("m.o/", "9999999999") + "ab", at("0x38: member size: found 9999999999, expected at most 2, the bytes left")},
    {"mode_not_octal", magic() + header("m.o/", "2", "648") + "ab", at("0x30: member mode: found \"648\", expected an octal number")},
    {"name_empty", magic() + member("", "ab"), at("0x8: member name: found \"\", expected a name")},
    {"long_name_without_table", magic() + member("/0", "ab"), at("0x9: member name offset: found 0, expected less than 0, the size of the table of names \"//\" before it")},
    {"long_name_past_table", magic() + member("//", "n.o/\n") + member("/5", "ab"), at("0x4b: member name offset: found 5, expected less than 5, the size of the table of names \"//\" before it")},
    {"long_name_without_end", magic() + member("//", "n.o/") + member("/0", "ab"), at("0x49: member name offset: found 0, expected a name in \"//\" that ends")},
    {"long_name_empty", magic() + member("//", "/\n") + member("/0", "ab"), at("0x47: member name offset: found 0, expected a name in \"//\"")},
    {"long_name_not_a_number", magic() + member("//", "n/\n") + member("/x", "ab"), at("0x49: member name offset: found \"x\", expected a decimal number")},
    {"two_tables_of_names", magic() + member("//", "n/\n") + member("//", "n/\n"), at("0x48: member name: found a second table of names \"//\", expected one at most")},
    {"two_indexes", magic() + member("/", big(0)) + member("/", big(0)), at("0x48: member name: found a second symbol index, expected one at most")},
    {"bsd_name_length_zero", magic() + member("#1/0", "ab"), at("0xb: member name length: found 0, expected 1 to 2, the member's size")},
    {"bsd_name_length_over", magic() + member("#1/3", "ab"), at("0xb: member name length: found 3, expected 1 to 2, the member's size")},
    {"bsd_name_of_zeros", magic() + member("#1/2", std::string(2, '\0')), at("0x44: member name: found nothing but zeros, expected a name")},
    {"index_cut", indexed("abc"), at("0x44: symbol index count: found 3 bytes, expected 4 bytes")},
    {"index_count_max", indexed(big(UINT32_MAX)), at("0x44: symbol index count: found 4294967295, expected at most 0, the offsets that fit the index")},
    {"index_name_without_end", indexed(big(1) + big(0x4e) + "fg"), at("0x4c: symbol index name: found no end, expected a 0 after each name")},
    {"index_member", indexed(big(1) + big(0x4f) + std::string("f\0", 2)), at("0x48: symbol index member offset: found 0x4f for \"f\", expected the offset of a member's header (ranlib renews a stale index)")},
    {"bsd_index_cut", bsd(little(0)), at("0x44: symbol index size: found 0, expected a multiple of 8 inside the member's 4 bytes")},
    {"bsd_index_size", bsd(little(7) + std::string(7, '\0') + little(0)), at("0x44: symbol index size: found 7, expected a multiple of 8 inside the member's 15 bytes")},
    {"bsd_index_names", bsd(little(0) + little(3) + "f"), at("0x48: symbol index names size: found 3, expected at most 1")},
    {"bsd_index_name_offset", bsd(little(8) + little(2) + little(0) + little(2) + std::string("f\0", 2)), at("0x48: symbol index name offset: found 2, expected less than 2")},
    {"bsd_index_member", bsd(little(8) + little(0) + little(1) + little(2) + std::string("f\0", 2)), at("0x4c: symbol index member offset: found 0x1 for \"f\", expected the offset of a member's header (ranlib renews a stale index)")},
};
// clang-format on
std::string name_of(const testing::TestParamInfo<BadArchive>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Faults, BadArchiveFile, testing::ValuesIn(kFaults), name_of);

}  // namespace
}  // namespace cmos::archive

// What is done before anything is encoded: data, numbers, includes, conditions, messages.
#include "assembler/data.h"
#include "assembler/literal.h"
#include "tests/assembler/fixture.h"

namespace cmos::assembler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The bytes of a record `x` after .const.
std::string value(const std::string& type_and_value, const std::string& arch = "8664") {
  return good(".const x " + type_and_value + "\n", arch)->bytes_of("x");
}

TEST(Data, EveryTypeOfTheDocument) {
  using namespace std::string_literals;
  EXPECT_EQ(value("u8 255"), "\xff"s);
  EXPECT_EQ(value("u16 0x1234"), "\x34\x12"s);
  EXPECT_EQ(value("u32 'A'"), "A\0\0\0"s);
  EXPECT_EQ(value("u64 18446744073709551615"), std::string(8, '\xff'));
  EXPECT_EQ(value("i32 -2"), "\xfe\xff\xff\xff"s);
  EXPECT_EQ(value("i64 -0x8000000000000000"), "\0\0\0\0\0\0\0\x80"s);
  EXPECT_EQ(value("f32 1.5"), "\0\0\xc0\x3f"s);
  EXPECT_EQ(value("f64 -2"), "\0\0\0\0\0\0\0\xc0"s);
  EXPECT_EQ(value("f32 -inf"), "\0\0\x80\xff"s);
  EXPECT_EQ(value("f64 1e-3"), "\xfc\xa9\xf1\xd2\x4d\x62\x50\x3f"s);
  EXPECT_EQ(value("bytes 1, \"ab\", 0xff"),
            "\x01"
            "ab\xff"s);
  EXPECT_EQ(value("utf8 \"a;b\\n\\t\\\"\\u{20ac}\\x41\", 10"),
            "a;b\n\t\"\u20ac"
            "A\n"s);
}

TEST(Data, TypesStandInTheFile) {
  const auto out = good(
      ".const a u16 1\n.const b utf8 \"x\"\n.const c u16[] 1, 2\n.var d f64\n"
      ".var e string[8]\n.const f ptr a\n");
  EXPECT_EQ(out->record("a").type, object::DataType::kU16);
  EXPECT_EQ(out->record("b").type, object::DataType::kUtf8);
  EXPECT_EQ(out->record("c").type, object::DataType::kBytes) << "a list is not one number";
  EXPECT_EQ(out->record("d").type, object::DataType::kF64);
  EXPECT_EQ(out->record("e").size, 8u);
  EXPECT_EQ(out->record("f").type, object::DataType::kU64);
  EXPECT_TRUE(out->record("d").variable);
  EXPECT_FALSE(out->record("a").variable);
}

TEST(Data, VariablesWithoutAValueAreZeroAndTakeNoRoomInTheFile) {
  const auto out = good(".var big bytes[1048576]\n.var some u32[8] 1, 2\n");
  EXPECT_EQ(out->record("big").size, 1048576u);
  EXPECT_TRUE(out->record("big").bytes.empty());
  EXPECT_EQ(out->record("some").size, 32u);
  EXPECT_EQ(out->record("some").bytes.size(), 8u);
  EXPECT_LT(out->bytes.size(), 500u);
}

TEST(Data, AlignmentIsTheTypesOrStated) {
  const auto out = good(".const a u64 1\n.const b bytes 1\n.var c bytes[16] align 16\n");
  EXPECT_EQ(out->record("a").alignment, 8);
  EXPECT_EQ(out->record("b").alignment, 1);
  EXPECT_EQ(out->record("c").alignment, 16);
}

TEST(Data, AddressesBecomeRelocations) {
  const auto wide = good("f: ret\n.const t ptr[] f, 0, t + 8, e - 4\nextern e\n");
  EXPECT_THAT(wide->relocations(), ElementsAre("abs64 f", "abs64 t+8", "abs64 e-4"));
  EXPECT_EQ(wide->record("t").size, 32u);
  const auto narrow = good("f: bx lr\n.var p u32 f\n", "_ARM");
  EXPECT_THAT(narrow->relocations(), ElementsAre("abs32 f"));
}

TEST(Data, FilesCanBeTakenIn) {
  const auto options = with_files({{"i/logo.bin", "PIXELS"}});
  AssembleOptions with_folder = options;
  with_folder.include_folders = {"i"};
  const auto out = good(".const logo bytes from \"logo.bin\"\n", with_folder);
  EXPECT_EQ(out->bytes_of("logo"), "PIXELS");
}

TEST(Data, ExpressionsFollowC) {
  using namespace std::string_literals;
  EXPECT_EQ(value("u8 2 + 3 * 4"), "\x0e"s);
  EXPECT_EQ(value("u8 (2 + 3) * 4"), "\x14"s);
  EXPECT_EQ(value("u8 1 << 4 | 3"), "\x13"s);
  EXPECT_EQ(value("u8 7 / 2 + 7 % 2"), "\x04"s);
  EXPECT_EQ(value("i32 -7 >> 1"), "\xfc\xff\xff\xff"s);
  EXPECT_EQ(value("u8 !0 + (3 > 2 && 2 != 3)"), "\x02"s);
  EXPECT_EQ(value("u8 0x0f ^ 0b11 & ~2"), "\x0e"s);
}

TEST(Literals, Integers) {
  const auto number = [](std::string_view text) {
    const auto value = parse_integer(text);
    return value ? to_text(*value) : std::string("none");
  };
  EXPECT_EQ(number("0"), "0");
  EXPECT_EQ(number("0xFF"), "255");
  EXPECT_EQ(number("0FFh"), "255");
  EXPECT_EQ(number("0b101"), "5");
  EXPECT_EQ(number("101b"), "5");
  EXPECT_EQ(number("0o17"), "15");
  EXPECT_EQ(number("17q"), "15");
  EXPECT_EQ(number("99d"), "99");
  EXPECT_EQ(number("1_000"), "1000");
  EXPECT_EQ(number("18446744073709551615"), "18446744073709551615");
  for (const char* bad :
       {"", "x", "0x", "1__0", "1_", "12b", "19o", "FFh", "1.5", "18446744073709551616"})
    EXPECT_EQ(number(bad), "none") << bad;
}

TEST(Source, ConditionsDefinesAndSizes) {
  AssembleOptions options = with_files({});
  options.defines = {{"DEBUG", "2"}};
  const auto out = good(R"(
.define SIZE 4 * DEBUG
.if SIZE == 8 && DEBUG
.const a u8 1
  .if 0
.const b u8 "not even looked at
  .else
.const b u8 2
  .endif
.elif 1
.const a u8 9
.else
.const a u8 10
.endif
.ifdef DEBUG
.ifndef RELEASE
.ifarch __86, 8664
.const c utf8 "text"
.define LENGTH sizeof(c)
.const d u8 LENGTH
.endif
.endif
.endif
)",
                        options);
  EXPECT_EQ(out->bytes_of("a"), "\x01");
  EXPECT_EQ(out->bytes_of("b"), "\x02");
  EXPECT_EQ(out->bytes_of("d"), "\x04");
}

TEST(Source, IncludesAreSearchedBesideTheFileThenAlongTheFolders) {
  AssembleOptions options = with_files({{"sub/a.asm", ".include \"b.asm\"\n"},
                                        {"sub/b.asm", ".const b u8 1\n"},
                                        {"i/b.asm", ".const wrong u8 1\n"},
                                        {"i/c.asm", ".const c u8 1\r\n"}});
  options.include_folders = {"i"};
  const auto out = good("\xef\xbb\xbf.include \"sub/a.asm\"\n.include \"c.asm\"\n", options);
  EXPECT_TRUE(out->has("b"));
  EXPECT_TRUE(out->has("c"));
  EXPECT_FALSE(out->has("wrong"));
}

TEST(Source, MessagesStandInTheOrderOfTheSource) {
  const AssembleOptions options = with_files({{"part.asm", "frob2\n.const x u8 999\n"}});
  const Output out =
      assemble_text("frob1\n.include \"part.asm\"\nfrob3\n.const y u8 999\n", options);
  EXPECT_EQ(out.errors, 5u);
  std::size_t last = 0;
  for (const char* place :
       {"t.asm:1:1:", "part.asm:1:1:", "part.asm:2:13:", "t.asm:3:1:", "t.asm:4:13:"}) {
    const std::size_t at = out.messages.find(place);
    ASSERT_NE(at, std::string::npos) << place << " in\n" << out.messages;
    EXPECT_GE(at, last) << place;
    last = at;
  }
  EXPECT_THAT(out.messages, HasSubstr("t.asm:2: note: included from here"));
}

TEST(Source, IncludeBombsEnd) {
  const AssembleOptions options =
      with_files({{"b.asm", ".include \"b.asm\"\n.include \"b.asm\"\n"}});
  const Output out = assemble_text(".include \"b.asm\"\n", options);
  EXPECT_GT(out.errors, 0u);
}

TEST(Source, DeepExpressionsAndLongLinesAreNoTrouble) {
  const std::string deep(100'000, '(');
  EXPECT_EQ(assemble_text(".const x u8 " + deep + "\n", with_files({})).errors, 1u);
  EXPECT_EQ(
      assemble_text(".const x u8 " + std::string(100'000, '-') + "1\n", with_files({})).errors, 1u);
  std::string list = ".const x u8[] 1";
  for (int i = 0; i < 50'000; ++i) list += ", 1";
  EXPECT_EQ(good(list + "\n")->record("x").size, 50'001u);
}

TEST(Source, WarningsCanBeSilenced) {
  AssembleOptions options = with_files({});
  const std::string text = "f: mov rax, n\n.var n u64\n";
  EXPECT_THAT(assemble_text(text, options).messages, HasSubstr("t.asm:1:13: warning: 'n' alone"));
  options.warnings = false;
  EXPECT_EQ(assemble_text(text, options).messages, "");
}

}  // namespace
}  // namespace cmos::assembler

// What is printable, and what becomes of the rest.
#include "base/text.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cmos {
namespace {

using namespace std::string_view_literals;

TEST(Presentable, KeepsWhatCanBeRead) {
  for (const std::string_view text : {"", "main.c", "a \"b\" \\c", "Füße", "日本語", "🙂"})
    EXPECT_EQ(presentable(text), text);
}

TEST(Presentable, EscapesWhatMovesACursorOrHidesText) {
  EXPECT_EQ(presentable("a\x1b[2J\r\n\t\0b\x7f"sv), "a\\x1b[2J\\r\\n\\t\\x00b\\x7f");
  EXPECT_EQ(presentable("\xc2\x9b"), "\\xc2\\x9b") << "C1, a control sequence of one character";
  EXPECT_EQ(presentable("\u202e"), "\\xe2\\x80\\xae") << "right to left";
  EXPECT_EQ(presentable("\u2066\u2069\u200b\ufeff\u2028\u061c\U000e0041").find('\xe2'),
            std::string::npos);
  EXPECT_EQ(presentable("\xff\xc0\xaf"), "\\xff\\xc0\\xaf") << "no UTF-8";
  EXPECT_EQ(presentable("\xe2\x80"), "\\xe2\\x80") << "cut off";
}

TEST(Presentable, LeavesNeighboursOfWhatItEscapes) {
  for (const std::string_view text :
       {"\u00a0", "\u00ae", "\u061b", "\u200a", "\u2010", "\u2027", "\u202f", "\u205f", "\u2070"})
    EXPECT_EQ(presentable(text), text);
}

TEST(Presentable, IsFinal) {
  const std::string once = presentable("\x1b\\x1b\u202e\xff");
  EXPECT_EQ(presentable(once), once);
}

TEST(Presentable, CutsBetweenCharacters) {
  EXPECT_EQ(presentable("abcdef", 3), "abc...");
  EXPECT_EQ(presentable("aü", 2), "a\\xc3...");
  EXPECT_EQ(presentable("abc", 3), "abc");
}

TEST(Presentable, LinesKeepTheirEnds) {
  EXPECT_EQ(presentable_lines("a\tb\n\x1b\r\n"), "a\tb\n\\x1b\\r\n");
}

TEST(Masked, HasAsManyCharactersAsTheLine) {
  EXPECT_EQ(masked("\ta\x1bü\u202e\xff|"), "\ta?ü??|");
}

TEST(PresentableJson, SaysTheSameValue) {
  EXPECT_EQ(presentable_json("[\n  \"\u202eü\u0085\x7f\U000e0041\"\n]"),
            "[\n  \"\\u202eü\\u0085\\u007f\\udb40\\udc41\"\n]");
}

TEST(Quoting, AgreesOnWhatIsPrintable) {
  EXPECT_EQ(quote(as_bytes("\u202e\"\\ü\x1b")), "\"\\xe2\\x80\\xae\\\"\\\\ü\\x1b\"");
}

TEST(ErrorText, IsOnePresentableLine) {
  const Error error{.code = ErrorCode::kMalformed,
                    .file = "a\nb: offset 0x0",
                    .field = "\x1b[31m",
                    .found = "\u202e",
                    .expected = "\xff",
                    .message = "\r"};
  EXPECT_EQ(error.text(),
            "a\\nb: offset 0x0: \\x1b[31m: \\r: found \\xe2\\x80\\xae, expected \\xff");
}

}  // namespace
}  // namespace cmos

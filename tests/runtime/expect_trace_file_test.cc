#include "runtime/trace/expect_trace_file.h"

#include <gmock/gmock.h>

namespace cmos::runtime {
namespace {

using ::testing::HasSubstr;

Result<ExpectedTrace> parse(std::string_view text) {
  return parse_expected_trace(as_bytes(text), "app.trace");
}

TEST(ExpectTraceFile, IsWrittenAsItWasRead) {
  const std::string text =
      "cmos-trace 1\n"
      "# what it is about\n"
      "\n"
      "main+0x1c: open(\"a\", 1, read) = *\n"
      "...\n"
      "# the end\n"
      "+++ exited with 0 +++\n"
      "# below\n";
  const auto trace = parse(text);
  ASSERT_TRUE(trace) << trace.error().text();
  ASSERT_EQ(trace->lines.size(), 3u);
  EXPECT_EQ(trace->lines[0].number, 4u);
  EXPECT_EQ(trace->lines[0].comments.size(), 2u);
  EXPECT_TRUE(trace->lines[1].any());
  EXPECT_EQ(trace->lines[2].text, "+++ exited with 0 +++");
  EXPECT_EQ(expected_trace_text(*trace), text);
}

TEST(ExpectTraceFile, CarriageReturnsAloneDoNotChangeWhatIsWritten) {
  const auto trace = parse("cmos-trace 1\n\r\t\t\n#note\r\r\n\r_start: exit(0) = ?\r\t\n");
  ASSERT_TRUE(trace);
  ASSERT_EQ(trace->lines.size(), 1U);
  EXPECT_EQ(trace->lines[0].text, "_start: exit(0) = ?");
  const std::string text = expected_trace_text(*trace);
  const auto again = parse(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(expected_trace_text(*again), text);
}

TEST(ExpectTraceFile, TakesLineEndsOfOtherSystemsAndIndents) {
  const auto trace = parse("cmos-trace 1\r\n  _start: exit(0) = ?  \r\n+++ exited with 0 +++");
  ASSERT_TRUE(trace) << trace.error().text();
  ASSERT_EQ(trace->lines.size(), 2u);
  EXPECT_EQ(trace->lines[0].text, "_start: exit(0) = ?");
  EXPECT_EQ(trace->lines[1].text, "+++ exited with 0 +++");
}

TEST(ExpectTraceFile, SaysWhatIsWrong) {
  for (const std::string_view text :
       {"", "hello\n", "cmos-trace\n", "cmos-trace x\n", "cmos-trace 0\n"}) {
    const auto trace = parse(text);
    ASSERT_FALSE(trace) << text;
    EXPECT_EQ(trace.error().code, ErrorCode::kMalformed);
    EXPECT_THAT(trace.error().text(),
                HasSubstr("app.trace: line 1: this is no golden trace: found \""));
  }
  const auto newer = parse("cmos-trace 2\n");
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::kUnsupported);
  const auto bytes = parse("cmos-trace 1\nab\xff\n");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().offset, 15u);
}

TEST(LineMatches, LiterallyWithoutWildcards) {
  EXPECT_TRUE(line_matches("a: f(1) = 2", "a: f(1) = 2"));
  EXPECT_FALSE(line_matches("a: f(1) = 2", "a: f(1) = 3"));
  EXPECT_FALSE(line_matches("a: f(1) = 2", "a: f(1) = 22"));
  EXPECT_FALSE(line_matches("a: f(1) = 2", "a: f(1) = "));
}

TEST(LineMatches, AStarStandsForOneArgumentResultOrPlace) {
  const std::string_view line = R"x(main+0x1c: open("a, (b)", 6, read|create) = 3)x";
  EXPECT_TRUE(line_matches("main+0x1c: open(*, 6, read|create) = 3", line));
  EXPECT_TRUE(line_matches(R"x(main+0x1c: open("a, (b)", *, *) = *)x", line));
  EXPECT_TRUE(line_matches(R"x(*: open("a, (b)", 6, read|create) = 3)x", line));
  EXPECT_TRUE(line_matches(R"x(main+*: open("a, (b)", 6, *) = 3)x", line));
  EXPECT_FALSE(line_matches("main+0x1c: open(*) = 3", line));
  EXPECT_FALSE(line_matches("main+0x1c: open(*, *) = 3", line));
  EXPECT_FALSE(line_matches("main+0x1c: open(*, *, *, *) = 3", line));
  EXPECT_FALSE(line_matches("main+0x1c: open(*, 7, *) = 3", line));
}

TEST(LineMatches, AStarInQuotesIsAStar) {
  EXPECT_TRUE(line_matches(R"x(a: f("*", *) = 1)x", R"x(a: f("*", 4) = 1)x"));
  EXPECT_FALSE(line_matches(R"x(a: f("*", *) = 1)x", R"x(a: f("x", 4) = 1)x"));
  EXPECT_TRUE(line_matches(R"x(a: f("\"*", *) = 1)x", R"x(a: f("\"*", 4) = 1)x"));
  EXPECT_FALSE(line_matches(R"x(a: f("\"*", *) = 1)x", R"x(a: f("\"x", 4) = 1)x"));
}

TEST(LineMatches, GroupsAreOneArgumentAndCanBeLookedInto) {
  const std::string_view line =
      R"x(a: stat("x", 1, {size=5, kind=file, flags=0, modified=<time>}) = 0)x";
  EXPECT_TRUE(line_matches(R"x(a: stat("x", 1, *) = 0)x", line));
  EXPECT_TRUE(line_matches(
      R"x(a: stat("x", 1, {size=*, kind=file, flags=*, modified=<time>}) = 0)x", line));
  EXPECT_FALSE(line_matches(
      R"x(a: stat("x", 1, {size=*, kind=program, flags=*, modified=<time>}) = 0)x", line));
}

TEST(LineMatches, ThreeDotsStandForTheArgumentsThatFollow) {
  EXPECT_TRUE(line_matches("a: f(...) = 1", "a: f() = 1"));
  EXPECT_TRUE(line_matches("a: f(...) = 1", R"x(a: f("x)", 2, {a, b}) = 1)x"));
  EXPECT_TRUE(line_matches("a: f(1, ...) = 1", "a: f(1) = 1"));
  EXPECT_TRUE(line_matches("a: f(1, ...) = *", "a: f(1, 2, 3) = -3 CPE_ERROR_FAULT"));
  EXPECT_FALSE(line_matches("a: f(1, ...) = 1", "a: f(2, 3) = 1"));
  EXPECT_FALSE(line_matches("a: f(1, ...) = 1", "a: f(1, 3) = 2"));
  EXPECT_TRUE(line_matches(R"x(a: f("x"..., 99) = 1)x", R"x(a: f("x"..., 99) = 1)x"));
  EXPECT_FALSE(line_matches(R"x(a: f("x"..., 99) = 1)x", R"x(a: f("x", 99) = 1)x"));
}

TEST(LineMatches, ACharacterInQuotesMayBeABorder) {
  EXPECT_TRUE(line_matches("a: stdin(0) = *", "a: stdin(0) = 44 ','"));
  EXPECT_TRUE(line_matches("a: stdin(0) = *", "a: stdin(0) = 41 ')'"));
}

TEST(LineMatches, EndsWithoutTryingEverything) {
  std::string expected, line;
  for (int i = 0; i < 2000; ++i) expected += "*a";
  line.assign(20'000, 'a');
  EXPECT_TRUE(line_matches(expected, line));
  EXPECT_FALSE(line_matches(expected + "b", line));
}

TEST(FirstDifference, NamesThePart) {
  const std::string_view line = R"x(main+0x1c: read(3, "abc", 8) = 3)x";
  EXPECT_EQ(first_difference(R"x(main+0x1c: read(3, "abd", 8) = 3)x", line),
            R"x(argument 2: expected "abd", found "abc")x");
  EXPECT_EQ(first_difference(R"x(main+0x1c: read(3, *, 8) = 4)x", line),
            "result: expected 4, found 3");
  EXPECT_EQ(first_difference(R"x(main+0x20: read(...) = 3)x", line),
            "caller: expected main+0x20, found main+0x1c");
  EXPECT_EQ(first_difference(R"x(main+0x1c: read(3) = 3)x", line),
            R"x(argument 2: expected none, found "abc")x");
  EXPECT_EQ(first_difference(R"x(main+0x1c: write(3, "abc", 8) = 3)x", line), "");
  EXPECT_EQ(first_difference("+++ exited with 0 +++", line), "");
}

}  // namespace
}  // namespace cmos::runtime

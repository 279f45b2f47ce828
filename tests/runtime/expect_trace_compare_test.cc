#include "runtime/trace/expect_trace_compare.h"

#include <gmock/gmock.h>

namespace cmos::runtime {
namespace {

using ::testing::HasSubstr;

ExpectedTrace expect(std::string_view lines) {
  auto trace = parse_expected_trace(
      as_bytes(std::string(kExpectTraceHeader) + "\n" + std::string(lines)), "app.trace");
  EXPECT_TRUE(trace) << (trace ? "" : trace.error().text());
  return trace ? *trace : ExpectedTrace{};
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    out.emplace_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), out.back().size() + 1));
  }
  return out;
}

std::optional<TraceDifference> compare(std::string_view expected, std::string_view run) {
  const ExpectedTrace trace = expect(expected);
  TraceComparison comparison(trace);
  for (const std::string& line : split(run)) comparison.add(line);
  return comparison.finish();
}

std::string bless(std::string_view expected, std::string_view run) {
  const std::string text = expected_trace_text(bless_trace(expect(expected), split(run)).trace);
  return text.substr(kExpectTraceHeader.size() + 1);
}

TEST(TraceComparison, SameLines) {
  EXPECT_FALSE(compare("a\nb\n# note\nc\n", "a\nb\nc\n"));
  EXPECT_FALSE(compare("", ""));
}

TEST(TraceComparison, ThreeDotsAreAnyNumberOfLines) {
  EXPECT_FALSE(compare("a\n...\nc\n", "a\nc\n"));
  EXPECT_FALSE(compare("a\n...\nc\n", "a\nb\nb\nc\n"));
  EXPECT_FALSE(compare("a\n...\nc\n", "a\nc\nb\nc\n"));
  EXPECT_FALSE(compare("...\n", ""));
  EXPECT_FALSE(compare("...\n", "a\nb\n"));
  EXPECT_FALSE(compare("...\n...\nb\n...\n", "a\nb\nc\n"));
  EXPECT_TRUE(compare("a\n...\nc\n", "a\nc\nb\n"));
  EXPECT_TRUE(compare("a\n...\nc\nd\n", "a\nc\n"));
}

TEST(TraceComparison, ShowsTheFirstDifferenceBetweenItsNeighbours) {
  const auto difference =
      compare("a\nb\nc\nd\nmain: f(1) = 2\ne\nf\n", "a\nb\nc\nd\nmain: f(2) = 2\ne\nx\n");
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->expected_line, 6u);
  EXPECT_EQ(difference->found_line, 5u);
  EXPECT_EQ(difference->expected, "main: f(1) = 2");
  EXPECT_EQ(difference->found, "main: f(2) = 2");
  EXPECT_EQ(difference->what, "argument 1: expected 1, found 2");
  EXPECT_EQ(difference->context,
            "    b\n    c\n    d\n  - main: f(1) = 2\n  + main: f(2) = 2\n    e\n");
}

TEST(TraceComparison, ToldFromALineMoreOrLess) {
  EXPECT_EQ(compare("a\nb\nc\n", "a\nx\nb\nc\n")->context, "    a\n  + x\n    b\n    c\n");
  EXPECT_EQ(compare("a\nx\nb\nc\n", "a\nb\nc\n")->context, "    a\n  - x\n    b\n    c\n");
}

TEST(TraceComparison, TheEndOfOneSide) {
  const auto longer = compare("a\n", "a\nb\n");
  ASSERT_TRUE(longer);
  EXPECT_EQ(longer->expected, "");
  EXPECT_EQ(longer->found, "b");
  EXPECT_EQ(longer->expected_line, 3u);
  const auto shorter = compare("a\nb\n", "a\n");
  ASSERT_TRUE(shorter);
  EXPECT_EQ(shorter->expected, "b");
  EXPECT_EQ(shorter->found, "");
  EXPECT_EQ(shorter->found_line, 2u);
  EXPECT_EQ(shorter->context, "    a\n  - b\n");
  EXPECT_EQ(compare("a\n...\nz\n", "a\nb\n")->expected, "z");
}

TEST(BlessTrace, AnUnchangedTraceIsLeftAlone) {
  const BlessedTrace same =
      bless_trace(expect("# one\na: f(*) = 1\n...\nc\n"), split("a: f(2) = 1\nb\nc\n"));
  EXPECT_FALSE(same.changed());
  EXPECT_EQ(expected_trace_text(same.trace), "cmos-trace 1\n# one\na: f(*) = 1\n...\nc\n");
}

TEST(BlessTrace, WhatStillFitsKeepsItsWildcardsAndComments) {
  EXPECT_EQ(bless("# one\na: f(*) = 1\n# two\nb\n# three\nc: f(*) = 1\n",
                  "a: f(2) = 1\nx\ny\nc: f(3) = 1\n"),
            "# one\na: f(*) = 1\n# two\nx\ny\n# three\nc: f(*) = 1\n");
  EXPECT_EQ(bless("a\n# gone\nb\n", "a\n"), "a\n# gone\n");
  EXPECT_EQ(bless("a\nb\nc\nd\n", "x\nb\nd\n"), "x\nb\nd\n");
}

TEST(BlessTrace, WhatIsBlessedFits) {
  const std::string run = "a\nq\nb\nz: f(3) = 4\nend\n";
  for (const std::string_view old :
       {"", "a\n", "...\nend\n", "x\n...\ny\n", "a\n...\nz: f(*) = 3\n", "end\nend\n"}) {
    EXPECT_FALSE(compare(bless(old, run), run)) << old;
  }
}

TEST(BlessTrace, ALargeRewriteEnds) {
  std::vector<std::string> run;
  std::string old;
  for (int i = 0; i < 6000; ++i) {
    old += "old " + std::to_string(i) + "\n";
    run.push_back("new " + std::to_string(i));
  }
  const BlessedTrace blessed = bless_trace(expect("first\n" + old), run);
  EXPECT_EQ(blessed.added, 6000u);
  EXPECT_EQ(blessed.removed, 6001u);
}

}  // namespace
}  // namespace cmos::runtime

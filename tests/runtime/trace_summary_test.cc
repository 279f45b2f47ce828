// --trace-summary: the table of the calls.
#include <gmock/gmock.h>

#include "tests/runtime/schema_check.h"
#include "tests/runtime/trace_fixture.h"

namespace cmos::runtime {
namespace {

using cmos::fakes::Guest;
using cmos::fakes::TraceRun;
using ::testing::MatchesRegex;

constexpr std::uint64_t kExit = 0, kStdout = 1, kStdin = 2;

/// Seven calls, two of which fail.
std::string traced(TraceOptions options) {
  Guest guest;
  guest.poke(Guest::kConst, "ok");
  TraceRun run(guest, std::move(options));
  for (int i = 0; i < 3; ++i) run.call(Guest::kCode, kStdin, {0, 0, 0}, 'a');
  run.call(Guest::kCode, kStdout, {Guest::kConst, 2, 0}, 2);
  run.call(Guest::kCode, kStdout, {0x10, 2, 0}, -3);
  run.call(Guest::kCode, 0x99, {0, 0, 0}, -2);
  run.call(Guest::kCode, kExit, {0, 0, 0}, std::nullopt);
  return run.exit();
}

TEST(TraceSummary, CountsCallsAndErrorsInsteadOfLines) {
  const std::string text =
      traced({.filter = {}, .format = {}, .capture = {}, .lines = false, .summary = true});
  EXPECT_THAT(text, ::testing::StartsWith(
                        "% time     seconds  usecs/call     calls    errors syscall\n"
                        "------ ----------- ----------- --------- --------- ----------------\n"));
  EXPECT_THAT(text, MatchesRegex(".* 2         1 stdout\n.*"));
  EXPECT_THAT(text, MatchesRegex(".* 3           stdin\n.*"));
  EXPECT_THAT(text, MatchesRegex(".* 1         1 syscall_0x99\n.*"));
  EXPECT_THAT(text, MatchesRegex(".* 1           exit\n.*"));
  EXPECT_THAT(text, MatchesRegex(".* 7         2 total\n"));
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("main")));
}

TEST(TraceSummary, StandsBehindTheLinesWhenBothAreAskedFor) {
  const std::string text = traced({.filter = {}, .format = {}, .capture = {}, .summary = true});
  EXPECT_THAT(text, ::testing::StartsWith("main: stdin(terminal) x 3 = \"aaa\"\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("+++ exited with 0 +++\n% time "));
}

TEST(TraceSummary, IsOneLineOfJson) {
  const std::string text = traced(
      {.filter = {}, .format = TraceFormat::kJson, .capture = {}, .lines = false, .summary = true});
  const auto json = fakes::Json::parse(text, nullptr, false);
  const fakes::SchemaCheck schema(fakes::load_schema("trace.schema.json"));
  EXPECT_THAT(schema.violations(json), ::testing::IsEmpty()) << text;
  std::map<std::string, std::pair<int, int>> calls;
  for (const auto& one : json["calls"]) calls[one["call"]] = {one["count"], one["errors"]};
  EXPECT_EQ(calls["stdout"], std::pair(2, 1));
  EXPECT_EQ(calls["stdin"], std::pair(3, 0));
  EXPECT_EQ(calls["syscall_0x99"], std::pair(1, 1));
}

TEST(TraceSummary, IsEmptyForAProgramWithoutCalls) {
  Guest guest;
  TraceRun run(guest, {.filter = {}, .format = {}, .capture = {}, .lines = false, .summary = true});
  EXPECT_THAT(run.exit(),
              ::testing::HasSubstr("  0.00    0.000000           0         0           total"));
}

}  // namespace
}  // namespace cmos::runtime

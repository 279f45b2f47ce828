// What --trace prints for each kind of argument and result.
#include <gmock/gmock.h>

#include "tests/runtime/trace_fixture.h"

namespace cmos::runtime {
namespace {

using cmos::fakes::Guest;
using cmos::fakes::TraceRun;

constexpr std::uint64_t kExit = 0, kStdout = 1, kStdin = 2;

std::uint64_t number_of(std::string_view name) {
  const syscalls::Row* row = syscalls::find(name);
  EXPECT_NE(row, nullptr) << name;
  return row == nullptr ? 0 : row->number;
}

/// One call's line, without the line end and the ending's line.
std::string line(Guest& guest, std::uint64_t number, std::array<std::uint64_t, 3> arguments,
                 std::optional<std::int64_t> result, CaptureOptions capture = {}) {
  TraceRun run(guest, {.filter = {}, .format = TraceFormat::kText, .capture = capture});
  run.call(Guest::kCode + 0x1c, number, arguments, result);
  const std::string text = run.exit();
  return text.substr(0, text.find('\n'));
}

TEST(TraceText, ShowsACallAsStraceDoes) {
  Guest guest;
  guest.poke(Guest::kConst, "Hello\n");
  guest.poke_u32(Guest::kVar, 0xff00ff00);
  EXPECT_EQ(line(guest, kStdout, {Guest::kConst, 6, Guest::kVar}, 6),
            R"(main+0x1c: stdout("Hello\n", 6, #ff00ff00) = 6)");
  EXPECT_EQ(line(guest, kStdout, {Guest::kConst, 6, 0}, 6),
            R"(main+0x1c: stdout("Hello\n", 6, null) = 6)");
  EXPECT_EQ(line(guest, kExit, {3, 0, 0}, std::nullopt), "main+0x1c: exit(3) = ?");
}

TEST(TraceText, CutsLongStringsAndSaysSo) {
  Guest guest;
  guest.poke(Guest::kConst, std::string(100, 'a'));
  EXPECT_EQ(line(guest, kStdout, {Guest::kConst, 100, 0}, 100),
            "main+0x1c: stdout(\"" + std::string(32, 'a') + "\"..., 100, null) = 100");
  EXPECT_EQ(line(guest, kStdout, {Guest::kConst, 4, 0}, 4, {.string_size = 2}),
            "main+0x1c: stdout(\"aa\"..., 4, null) = 4");
  EXPECT_EQ(line(guest, kStdout, {Guest::kConst, 0, 0}, 0),
            R"(main+0x1c: stdout("", 0, null) = 0)");
}

TEST(TraceText, PointersThatCannotBeReadAreNumbersOrSymbols) {
  Guest guest;
  EXPECT_EQ(line(guest, kStdout, {0x10, 5, 0}, -3),
            "main+0x1c: stdout(0x10, 5, null) = -3 CPE_ERROR_FAULT");
  EXPECT_EQ(line(guest, kStdout, {Guest::kVar + 0xffe, 5, 0x20}, -3),
            "main+0x1c: stdout(buffer+0xffe, 5, 0x20) = -3 CPE_ERROR_FAULT");
  EXPECT_EQ(line(guest, kStdout, {Guest::kVar, UINT64_MAX, UINT64_MAX}, -3),
            "main+0x1c: stdout(buffer, 18446744073709551615, 0xffffffffffffffff) = -3 "
            "CPE_ERROR_FAULT");
  EXPECT_EQ(line(guest, kStdout, {0, 5, 0}, -3),
            "main+0x1c: stdout(null, 5, null) = -3 CPE_ERROR_FAULT");
}

TEST(TraceText, StdinShowsTheKeyAndTheEndOfInput) {
  Guest guest;
  EXPECT_THAT(line(guest, kStdin, {0, 0, 0}, 'A'), ::testing::EndsWith(") = 65 'A'"));
  EXPECT_THAT(line(guest, kStdin, {0, 0, 0}, 10), ::testing::EndsWith(R"() = 10 '\n')"));
  EXPECT_THAT(line(guest, kStdin, {0, 0, 0}, 0), ::testing::EndsWith(R"() = 0 '\x00')"));
  EXPECT_THAT(line(guest, kStdin, {0, 0, 0}, 0xe9), ::testing::EndsWith(R"() = 233 '\xe9')"));
  EXPECT_THAT(line(guest, kStdin, {0, 0, 0}, '\''), ::testing::EndsWith(R"() = 39 '\'')"));
  EXPECT_THAT(line(guest, kStdin, {0, 0, 0}, '"'), ::testing::EndsWith(R"() = 34 '"')"));
  EXPECT_THAT(line(guest, kStdin, {0, 0, 0}, -1), ::testing::EndsWith(") = -1 (end of input)"));
  EXPECT_THAT(line(guest, kStdin, {0, 0, 0}, std::nullopt), ::testing::EndsWith(") = ?"));
}

/// stdin from `pc`, once for each byte.
void type(TraceRun& run, std::uint64_t pc, std::string_view text) {
  for (const char c : text) run.call(pc, kStdin, {0, 0, 0}, static_cast<unsigned char>(c));
}

TEST(TraceText, BytesThatOnePlaceReadsAreOneLine) {
  Guest guest;
  guest.poke(Guest::kConst, "ok");
  TraceRun run(guest, {});
  type(run, Guest::kCode + 4, "hello\n");
  type(run, Guest::kCode + 8, "y");
  run.call(Guest::kCode + 8, kStdout, {Guest::kConst, 2, 0}, 2);
  type(run, Guest::kCode + 8, "no");
  run.call(Guest::kCode + 8, kStdin, {0, 0, 0}, -1);
  type(run, Guest::kCode + 8, std::string(40, 'a'));
  run.enter_only(Guest::kCode + 8, kStdin);
  EXPECT_EQ(run.exit(), R"(main+0x4: stdin(terminal) x 6 = "hello\n"
main+0x8: stdin(terminal) = 121 'y'
main+0x8: stdout("ok", 2, null) = 2
main+0x8: stdin(terminal) x 2 = "no"
main+0x8: stdin(terminal) = -1 (end of input)
main+0x8: stdin(terminal) x 40 = ")" +
                            std::string(32, 'a') +
                            R"("...
main+0x8: stdin(terminal) = ?
+++ exited with 0 +++
)");
}

TEST(TraceText, BytesOfDifferentCallsAreDifferentLines) {
  Guest guest;
  TraceRun run(guest, {});
  run.call(Guest::kCode, kStdin, {0, 0, 0}, 'a');
  run.call(Guest::kCode, kStdin, {7, 0, 0}, 'b');
  run.call(Guest::kCode, kStdin, {7, 0, 0}, 'c');
  EXPECT_EQ(run.exit(),
            "main: stdin(terminal) = 97 'a'\nmain: stdin(7) x 2 = \"bc\"\n+++ exited with 0 +++\n");
}

TEST(TraceText, EachByteHasALineWhenItIsAskedFor) {
  Guest guest;
  TraceRun run(guest, {.filter = {}, .format = {}, .capture = {}, .each_byte = true});
  type(run, Guest::kCode + 4, "ab");
  EXPECT_EQ(run.exit(),
            "main+0x4: stdin(terminal) = 97 'a'\nmain+0x4: stdin(terminal) = 98 'b'\n+++ exited "
            "with 0 +++\n");
}

TEST(TraceText, ACallThatIsNotShownEndsALineOfInput) {
  Guest guest;
  guest.poke(Guest::kConst, "ok");
  auto filter = TraceFilter::parse("stdin");
  ASSERT_TRUE(filter);
  TraceRun run(guest, {.filter = *filter, .format = {}, .capture = {}});
  type(run, Guest::kCode + 4, "ab");
  run.call(Guest::kCode + 8, kStdout, {Guest::kConst, 2, 0}, 2);
  type(run, Guest::kCode + 4, "cd");
  EXPECT_EQ(run.exit(),
            "main+0x4: stdin(terminal) x 2 = \"ab\"\nmain+0x4: stdin(terminal) x 2 = \"cd\"\n"
            "+++ exited with 0 +++\n");
}

TEST(TraceText, UnknownNumbersShowTheirRegisters) {
  Guest guest;
  EXPECT_EQ(line(guest, 0x99, {1, 0x402000, 3}, -2),
            "main+0x1c: syscall_0x99(0x1, 0x402000, 0x3) = -2 CPE_ERROR_NOSYS");
}

TEST(TraceText, OutputsAreShownAsFarAsTheResultSays) {
  Guest guest;
  TraceRun run(guest, {});
  run.call(Guest::kCode, number_of("arguments"), {Guest::kVar, 64, 0}, 5,
           [&] { guest.poke(Guest::kVar, "12345678"); });
  run.call(Guest::kCode, number_of("arguments"), {Guest::kVar, 3, 0}, 5);
  run.call(Guest::kCode, number_of("arguments"), {0x10, 64, 0}, -3);
  run.call(Guest::kCode, number_of("arguments"), {0, 0, 0}, 5);
  EXPECT_EQ(run.exit(),
            "main: arguments(\"12345\", 64) = 5\n"
            "main: arguments(\"123\", 3) = 5\n"
            "main: arguments(0x10, 64) = -3 CPE_ERROR_FAULT\n"
            "main: arguments(null, 0) = 5\n"
            "+++ exited with 0 +++\n");
}

TEST(TraceText, InputsAreShownAsTheCallerLeftThem) {
  Guest guest;
  guest.poke(Guest::kVar, "before");
  TraceRun run(guest, {});
  run.call(Guest::kCode, kStdout, {Guest::kVar, 6, 0}, 6,
           [&] { guest.poke(Guest::kVar, "after!"); });
  EXPECT_THAT(run.exit(), ::testing::HasSubstr("stdout(\"before\", 6"));
}

TEST(TraceText, ClockAndRandomArePlaceholdersUnlessAskedFor) {
  Guest guest;
  guest.poke_hex(Guest::kVar, "15cd5b0700000000");
  const auto clock = number_of("clock"), random = number_of("random");
  EXPECT_THAT(line(guest, clock, {0, Guest::kVar, 0}, 0), ::testing::EndsWith(", <time>) = 0"));
  EXPECT_THAT(line(guest, random, {Guest::kVar, 4, 0}, 4),
              ::testing::EndsWith("random(<random>, 4) = 4"));
  EXPECT_THAT(line(guest, random, {0x10, 4, 0}, -3),
              ::testing::EndsWith("random(0x10, 4) = -3 CPE_ERROR_FAULT"));
  EXPECT_THAT(line(guest, clock, {0, Guest::kVar, 0}, 0, {.show_times = true}),
              ::testing::MatchesRegex(R"( +0\.[0-9]+ main.0x1c: clock\(.*, \[123456789\]\) = 0)"));
}

TEST(TraceText, FlagsNamesHandlesAndStructures) {
  Guest guest;
  guest.poke(Guest::kConst, "a.txt");
  EXPECT_THAT(line(guest, number_of("open"), {Guest::kConst, 5, 0x85}, -4),
              ::testing::MatchesRegex(
                  R"(main.0x1c: open\("a.txt", 5, read.create.0x80\) = -4 CPE_ERROR_NOT_FOUND)"));
  EXPECT_THAT(line(guest, number_of("open"), {Guest::kConst, 5, 0}, 3),
              ::testing::EndsWith("open(\"a.txt\", 5, 0) = 3"));
  EXPECT_THAT(line(guest, number_of("close"), {UINT64_MAX, 0, 0}, -10),
              ::testing::EndsWith("close(-1) = -10 CPE_ERROR_BAD_HANDLE"));
  guest.poke_hex(Guest::kVar,
                 "0c00000000000000"
                 "01000000"
                 "01000000"
                 "0100000000000000");
  EXPECT_THAT(
      line(guest, number_of("stat"), {Guest::kConst, 5, Guest::kVar}, 0),
      ::testing::EndsWith(
          "stat(\"a.txt\", 5, {size=12, kind=file, flags=read-only, modified=<time>}) = 0"));
}

TEST(TraceText, PairsAndArgumentListsAreRead) {
  Guest guest;
  guest.poke(Guest::kConst, "oldnew");
  guest.poke_word(Guest::kVar, Guest::kConst);
  guest.poke_word(Guest::kVar + 8, 3);
  guest.poke_word(Guest::kVar + 16, Guest::kConst + 3);
  guest.poke_word(Guest::kVar + 24, 3);
  EXPECT_THAT(line(guest, number_of("rename"), {Guest::kVar, 0, 0}, 0),
              ::testing::EndsWith(R"(rename({"old", "new"}) = 0)"));
  guest.poke_hex(Guest::kVar + 64,
                 "02000000"
                 "01000000"
                 "61"
                 "02000000"
                 "6263");
  EXPECT_THAT(line(guest, number_of("exec_cpe"), {Guest::kConst, 3, Guest::kVar + 64}, 0),
              ::testing::EndsWith(R"(exec_cpe("old", 3, ["a", "bc"]) = 0)"));
  guest.poke_hex(Guest::kVar + 64,
                 "ffffffff"
                 "ffffffff");
  EXPECT_THAT(line(guest, number_of("exec_cpe"), {Guest::kConst, 3, Guest::kVar + 64}, -3),
              ::testing::EndsWith(R"(exec_cpe("old", 3, buffer+0x40) = -3 CPE_ERROR_FAULT)"));
}

TEST(TraceText, ThirtyTwoBitGuestsGiveTheSameText) {
  for (const emu::Isa* isa : {&emu::kX8664, &emu::kX86, &emu::kArm, &emu::kArm64, &emu::kApple}) {
    Guest guest(*isa);
    guest.poke(Guest::kConst, "Hi");
    EXPECT_EQ(line(guest, kStdout, {Guest::kConst, 2, 0}, 2),
              R"(main+0x1c: stdout("Hi", 2, null) = 2)");
    EXPECT_EQ(line(guest, kStdout, {0x10, 2, 0}, -3),
              "main+0x1c: stdout(0x10, 2, null) = -3 CPE_ERROR_FAULT");
    EXPECT_THAT(line(guest, kStdin, {0, 0, 0}, -1), ::testing::EndsWith("-1 (end of input)"));
    EXPECT_THAT(line(guest, number_of("grow"), {isa->cpu.pointer_mask(), 0, 0}, 0x410000),
                ::testing::EndsWith("grow(-1) = 0x410000"));
  }
}

TEST(TraceText, ADyingCallAndEveryEndingHaveALine) {
  Guest guest;
  Outcome outcome;
  const auto last = [&](auto&&... setup) {
    outcome = {};
    (setup(outcome), ...);
    TraceRun run(guest, {});
    return run.end(outcome);
  };
  EXPECT_EQ(last([](Outcome& o) {
              o.ending = Ending::kExited;
              o.code = 0x1ff;
            }),
            "+++ exited with 255 +++\n");
  EXPECT_EQ(last([](Outcome& o) {
              o.ending = Ending::kFaulted;
              o.fault = emu::Fault{};
              o.fault->kind = emu::FaultKind::kMemory;
            }),
            "+++ faulted: memory (139) +++\n");
  EXPECT_EQ(last([](Outcome& o) {
              o.ending = Ending::kLimit;
              o.limit = "--max-instructions 1000";
            }),
            "+++ limit --max-instructions 1000 (124) +++\n");
  EXPECT_EQ(last([](Outcome& o) { o.ending = Ending::kInterrupted; }),
            "+++ interrupted (130) +++\n");

  TraceRun run(guest, {});
  run.enter_only(Guest::kCode + 8, kStdin);
  outcome = {};
  outcome.ending = Ending::kInterrupted;
  EXPECT_THAT(run.end(outcome),
              ::testing::MatchesRegex("main.0x8: stdin\\(.*\\) = [?]\n.*interrupted.*\n"));
}

TEST(TraceText, TheSameRunGivesTheSameBytes) {
  const auto once = [] {
    Guest guest;
    guest.poke(Guest::kConst, "text");
    TraceRun run(guest, {});
    for (int i = 0; i < 20; ++i) run.call(Guest::kCode + 4, kStdout, {Guest::kConst, 4, 0}, 4);
    run.call(Guest::kCode, number_of("clock"), {1, Guest::kVar, 0}, 0);
    return run.exit();
  };
  EXPECT_EQ(once(), once());
}

}  // namespace
}  // namespace cmos::runtime

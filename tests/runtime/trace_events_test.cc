// Which events --trace shows, in which form, and where they go.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/runtime/schema_check.h"
#include "tests/runtime/trace_fixture.h"

namespace cmos::runtime {
namespace {

using fakes::Guest;
using fakes::Json;
using fakes::ScratchFile;
using fakes::TraceRun;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t kExit = 0, kStdout = 1, kStdin = 2;

TraceFilter parsed(std::string_view list) {
  auto filter = TraceFilter::parse(list);
  EXPECT_TRUE(filter) << list << ": " << (filter ? "" : filter.error().text());
  return filter ? *filter : TraceFilter();
}

/// The shown calls by name, `?` for numbers that are none.
std::string shown(std::string_view list) {
  const TraceFilter filter = parsed(list);
  std::string out;
  for (const syscalls::Row& row : syscalls::table()) {
    if (filter.shows(&row)) out += std::string(row.name) + " ";
  }
  return out + (filter.shows(nullptr) ? "?" : "");
}

std::string complaint(std::string_view list) {
  const auto filter = TraceFilter::parse(list);
  EXPECT_FALSE(filter) << list;
  if (filter) return "";
  EXPECT_EQ(filter.error().code, ErrorCode::kUsage);
  return filter.error().text();
}

TEST(TraceFilter, ChoosesByNameAndCategory) {
  EXPECT_EQ(shown("stdout,stdin"), "stdout stdin ");
  EXPECT_EQ(shown("io"), "stdout stdin stderr ");
  EXPECT_EQ(shown("io,!stdin"), "stdout stderr ");
  EXPECT_EQ(shown("unknown"), "?");
  EXPECT_EQ(shown("!all"), "");
  EXPECT_EQ(shown("!all,exit"), "exit ");
}

TEST(TraceFilter, AnExclusionStartsFromAll) {
  const std::string all = shown("all");
  EXPECT_THAT(all, HasSubstr("clock"));
  EXPECT_THAT(all, ::testing::EndsWith("?"));
  const std::string without = shown("!clock");
  EXPECT_EQ(without.size() + std::string("clock ").size(), all.size());
  EXPECT_THAT(without, ::testing::Not(HasSubstr("clock")));
}

TEST(TraceFilter, InstructionsChooseNoCall) {
  EXPECT_EQ(shown("insn"), shown("all"));
  EXPECT_EQ(shown("insn,stdout"), "stdout ");
  EXPECT_TRUE(parsed("insn").instructions());
  EXPECT_TRUE(parsed("stdout,insn").instructions());
  EXPECT_FALSE(parsed("all").instructions());
  EXPECT_FALSE(TraceFilter().instructions());
}

TEST(TraceFilter, AnUnknownNameIsAUsageErrorThatNamesItsNeighbours) {
  EXPECT_THAT(complaint("stdot"), HasSubstr("\"stdot\" is no system call or category"));
  EXPECT_THAT(complaint("stdot"), HasSubstr("did you mean 'stdout'"));
  EXPECT_THAT(complaint("stdout,!clok"), HasSubstr("'clock'"));
  EXPECT_THAT(complaint("std"), HasSubstr("'stdout', 'stdin'"));
  EXPECT_THAT(complaint("qqqqqq"), HasSubstr("known names: all, insn, unknown, exit"));
  EXPECT_THAT(complaint(""), HasSubstr("\"\""));
  EXPECT_THAT(complaint("stdout,"), HasSubstr("\"\""));
  const std::string endless = complaint(std::string(5000, 'x'));
  EXPECT_THAT(endless, HasSubstr("known names"));
  EXPECT_LT(endless.size(), 1000u);
}

TEST(Trace, ShowsOnlyWhatIsChosen) {
  Guest guest;
  TraceRun run(guest, {.filter = parsed("stdin,unknown"), .format = {}, .capture = {}});
  run.call(Guest::kCode, kStdout, {Guest::kConst, 0, 0}, 0);
  run.call(Guest::kCode, kStdin, {0, 0, 0}, 10);
  run.call(Guest::kCode, 0x99, {0, 0, 0}, -2);
  run.call(Guest::kCode, kExit, {0, 0, 0}, std::nullopt);
  const std::string text = run.exit();
  EXPECT_THAT(text,
              ::testing::MatchesRegex("main: stdin.*\nmain: syscall_0x99.*\n.*exited with 0 .*\n"));
}

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    out.push_back(Json::parse(line, nullptr, false));
    EXPECT_FALSE(out.back().is_discarded()) << line;
  }
  return out;
}

TEST(TraceJson, EveryKindOfLineFollowsTheSchema) {
  Guest guest;
  const fakes::SchemaCheck schema(fakes::load_schema("trace.schema.json"));
  const auto number = [](std::string_view name) { return syscalls::find(name)->number; };
  guest.poke(Guest::kConst, "a\"\\\n\x01");
  guest.poke_hex(Guest::kConst + 0x40, "ff00fe");
  guest.poke(Guest::kConst + 0x80, std::string(31, 'x') + "ä");
  guest.engine.counted = 17;
  for (const bool times : {false, true}) {
    TraceRun run(guest, {.filter = parsed("all,insn"),
                         .format = TraceFormat::kJson,
                         .capture = {.string_size = 32, .show_times = times}});
    guest.poke_hex(Guest::kCode, "cd80");
    run.tracer().instruction(Guest::kCode);
    run.call(Guest::kCode, kStdout, {Guest::kConst, 5, Guest::kConst}, 5);
    run.call(Guest::kCode, kStdout, {Guest::kConst + 0x40, 3, 0}, 3);
    run.call(Guest::kCode, kStdout, {Guest::kConst + 0x80, 33, 0}, 33);
    run.call(Guest::kExitStub, kStdout, {0x10, UINT64_MAX, 0x11}, -3);
    run.call(Guest::kCode, 0x99, {UINT64_MAX, 0, 1}, -2);
    for (const syscalls::Row& row : syscalls::table()) {
      run.call(Guest::kCode, row.number, {Guest::kVar, 8, Guest::kVar}, 4);
      run.call(Guest::kCode, row.number, {Guest::kVar, Guest::kVar, 4}, -1);
    }
    guest.poke_hex(Guest::kVar + 64,
                   "01000000"
                   "01000000"
                   "61");
    run.call(Guest::kCode, number("exec_cpe"), {Guest::kConst, 1, Guest::kVar + 64}, 0);
    run.tracer().instruction(Guest::kVar);
    guest.engine.set("rax", 7);
    run.call(Guest::kCode, kExit, {0, 0, 0}, std::nullopt);
    const auto lines = json_lines(run.exit(0xffff'ffff'ffff'ffff));
    ASSERT_GT(lines.size(), 20u);
    for (const Json& line : lines) {
      EXPECT_THAT(schema.violations(line), IsEmpty()) << line.dump();
    }
    EXPECT_EQ(lines.back()["code"], 0xffff'ffff'ffff'ffffu);
    EXPECT_EQ(lines.back()["status"], 255);
  }
}

TEST(TraceJson, ACallCarriesItsValues) {
  Guest guest;
  guest.poke(Guest::kConst, "Hi");
  guest.engine.counted = 12;
  TraceRun run(guest, {.filter = {}, .format = TraceFormat::kJson, .capture = {}});
  run.call(Guest::kCode + 4, kStdout, {Guest::kConst, 2, 0x10}, -3);
  const auto lines = json_lines(run.exit());
  EXPECT_EQ(lines.at(0), Json::parse(R"({
    "event": "call", "instructions": 12, "sequence": 1,
    "caller": {"address": "0x400004", "symbol": "main", "offset": 4},
    "call": "stdout", "number": 1,
    "arguments": [
      {"name": "text", "kind": "bytes-in", "address": "0x401000", "symbol": "message", "offset": 0,
       "length": 2, "text": "Hi", "bytes": 2, "cut": false},
      {"name": "colour", "kind": "colour-pointer", "address": "0x10", "symbol": null, "offset": 0}],
    "result": -3, "error": "CPE_ERROR_FAULT"})"));
}

TEST(TraceJson, BytesThatAreNoTextAreHexAndACutNeverSplitsACharacter) {
  Guest guest;
  guest.poke_hex(Guest::kConst, "ff00");
  guest.poke(Guest::kConst + 16, "xä");
  TraceRun run(guest, {.filter = {}, .format = TraceFormat::kJson, .capture = {.string_size = 2}});
  run.call(Guest::kCode, kStdout, {Guest::kConst, 2, 0}, 2);
  run.call(Guest::kCode, kStdout, {Guest::kConst + 16, 3, 0}, 3);
  const auto lines = json_lines(run.exit());
  EXPECT_EQ(lines.at(0)["arguments"][0]["hex"], "ff00");
  EXPECT_EQ(lines.at(1)["arguments"][0]["text"], "x");
  EXPECT_EQ(lines.at(1)["arguments"][0]["cut"], true);
}

TEST(TraceInstructions, ShowWhatChangedAndStandInOrderWithCalls) {
  Guest guest;
  guest.poke_hex(Guest::kCode,
                 "b801000000"
                 "cd80"
                 "06");
  TraceRun run(guest, {.filter = parsed("insn"), .format = {}, .capture = {}});
  run.tracer().instruction(Guest::kCode);
  guest.engine.set("rax", 1);
  guest.engine.set("rflags", 0x46);
  guest.engine.flag_words = "ZF PF";
  run.tracer().instruction(Guest::kCode + 5);
  run.call(Guest::kCode + 5, kStdout, {Guest::kConst, 0, 0}, 0);
  guest.engine.set("rax", 0);
  run.tracer().instruction(Guest::kCode + 7);
  Outcome outcome;
  outcome.ending = Ending::kFaulted;
  outcome.fault = emu::Fault{};
  EXPECT_EQ(run.end(outcome),
            "0x00400000  main                    mov eax, 1                          rax=0x1 "
            "flags=ZF PF\n"
            "0x00400005  main+0x5                int 0x80\n"
            "main+0x5: stdout(\"\", 0, null) = 0\n"
            "0x00400007  main+0x7                .byte 0x06\n"
            "+++ faulted: illegal instruction (132) +++\n");
}

TEST(TraceInstructions, ThumbIsShownAsThumb) {
  Guest guest(emu::kArm);
  guest.poke_hex(Guest::kCode, "012000df0270a0e3");
  TraceRun run(guest, {.filter = parsed("insn"), .format = {}, .capture = {}});
  guest.engine.is_thumb = true;
  run.tracer().instruction(Guest::kCode);
  guest.engine.set("r0", 1);
  run.tracer().instruction(Guest::kCode + 2);
  guest.engine.is_thumb = false;
  run.tracer().instruction(Guest::kCode + 4);
  const std::string text = run.exit();
  EXPECT_THAT(text, HasSubstr("movs r0, #1"));
  EXPECT_THAT(text, HasSubstr("r0=0x1\n"));
  EXPECT_THAT(text, HasSubstr("svc #0\n"));
  EXPECT_THAT(text, HasSubstr("mov r7, #2\n"));
}

TEST(TraceOutput, AFileThatCannotBeWrittenIsAHostError) {
  const auto nowhere = TraceOutput::file("/nonexistent-folder/trace");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kHostIo);
  EXPECT_THAT(nowhere.error().text(), HasSubstr("/nonexistent-folder/trace"));
}

TEST(TraceOutput, AFullDiskIsToldAfterwards) {
  auto full = TraceOutput::file("/dev/full");
  if (!full) GTEST_SKIP() << "no /dev/full here";
  full->buffer().append(std::string_view("line"));
  full->end_line();
  EXPECT_FALSE(full->error());  // it is still in the buffer
  full->flush();
  ASSERT_TRUE(full->error());
  EXPECT_EQ(full->error()->code, ErrorCode::kHostIo);
  full->end_line();
  full->flush();  // and stays silent
}

TEST(TraceOutput, LargeTracesArriveWhole) {
  ScratchFile file;
  {
    auto out = TraceOutput::file(file.path());
    ASSERT_TRUE(out);
    for (int i = 0; i < 20000; ++i) {
      fmt::format_to(std::back_inserter(out->buffer()), "line {}", i);
      out->end_line();
    }
  }
  const std::string text = file.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 20000);
  EXPECT_THAT(text, ::testing::EndsWith("line 19999\n"));
}

}  // namespace
}  // namespace cmos::runtime

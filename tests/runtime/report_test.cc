// What is said about a guest that did not end by itself, as text and as JSON.
#include "runtime/report/report.h"

#include <gmock/gmock.h>

#include "runtime/report/backtrace.h"
#include "runtime/report/neighbourhood.h"
#include "tests/runtime/schema_check.h"
#include "tests/runtime/tiny_program.h"
#include "tests/runtime/trace_fixture.h"

namespace cmos::runtime {
namespace {

using fakes::Guest;
using fakes::Json;
using fakes::ScratchFile;
using fakes::TinyProgram;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string hex_name(std::string_view name, std::uint64_t offset) {
  return fmt::format("{}+{:#x}", name, offset);
}

class ReportOn : public ::testing::TestWithParam<TinyProgram> {};
INSTANTIATE_TEST_SUITE_P(EveryArch, ReportOn, ::testing::ValuesIn(fakes::kTinyPrograms),
                         [](const auto& one) { return "A" + std::string(one.param.arch); });

TEST_P(ReportOn, SaysWhatAndWhereAndWhoCalled) {
  const TinyProgram& program = GetParam();
  const auto process = fakes::tiny_process(program);
  ASSERT_TRUE(process);
  process->run();
  const Report report = make_report(*process);
  EXPECT_EQ(report.status, 132);
  EXPECT_EQ(report.place->text, hex_name("deep", program.crash - program.deep));
  std::vector<std::string> frames;
  for (const ReportPlace& frame : report.backtrace) frames.push_back(frame.text);
  EXPECT_THAT(frames, ElementsAre(hex_name("deep", program.crash - program.deep),
                                  hex_name("middle", program.second_return - program.middle),
                                  hex_name("main", program.first_return)));
  EXPECT_THAT(report.calls,
              ElementsAre(hex_name("main", program.trap) + R"(: stdout("Hi\n", 3, null) = 3)"));

  const std::string text = report_text(report);
  EXPECT_THAT(text, StartsWith("tiny.cpe: illegal instruction"));
  EXPECT_THAT(text, HasSubstr("\n  at deep+"));
  EXPECT_THAT(text, HasSubstr(fmt::format("\n  => 0x{:08x}  deep+", 0x400000 + program.crash)));
  EXPECT_THAT(text, HasSubstr("\n  registers\n"));
  EXPECT_THAT(text, HasSubstr("\n  backtrace\n    #0  0x004000"));
  EXPECT_THAT(text, HasSubstr("\n  last system calls\n    main+"));
}

TEST_P(ReportOn, ShowsTheInstructionsAround) {
  const auto process = fakes::tiny_process(GetParam());
  ASSERT_TRUE(process);
  process->run();
  const Report report = make_report(*process);
  std::size_t before = 0;
  while (before < report.instructions.size() && !report.instructions[before].current) ++before;
  // Back to the function's start, which is three instructions away.
  ASSERT_EQ(before, 3u);
  EXPECT_EQ(report.instructions[0].place.text, "deep");
  EXPECT_THAT(report.instructions[2].text, HasSubstr("0x10"));
  ASSERT_GT(report.instructions.size(), 4u);
  EXPECT_THAT(report.instructions[4].text, ::testing::AnyOf("ret", "bx lr"));
}

TEST_P(ReportOn, JsonFollowsTheSchemaAndSaysTheSame) {
  const auto process = fakes::tiny_process(GetParam());
  ASSERT_TRUE(process);
  process->run();
  ScratchFile file("report.json");
  ASSERT_TRUE(write_report(file.path(), make_report(*process)));
  const Json json = Json::parse(file.text(), nullptr, false);
  const fakes::SchemaCheck schema(fakes::load_schema("report.schema.json"));
  EXPECT_THAT(schema.violations(json), IsEmpty()) << file.text();
  EXPECT_EQ(json["ending"], "faulted");
  EXPECT_EQ(json["status"], 132);
  EXPECT_EQ(json["code"], nullptr);
  EXPECT_EQ(json["fault"]["kind"], "illegal instruction");
  EXPECT_EQ(json["counts"]["system_calls"], 1);
  EXPECT_EQ(json["counts"]["output_bytes"], 3);
  EXPECT_EQ(json["counts"]["instructions"], nullptr);
  EXPECT_EQ(json["state"]["backtrace"].size(), 3u);
  EXPECT_EQ(json["state"]["stack"].size(), 8u);
  EXPECT_EQ(json["abort_method"], nullptr);
  EXPECT_EQ(json["state"]["registers"].size(), process->isa().cpu.general().size());
  EXPECT_EQ(json["last_calls"][0]["arguments"][0]["text"], "Hi\n");
}

TEST_P(ReportOn, ALimitNamesItselfAndThePlaceAndIsShort) {
  ProcessOptions options;
  options.limits.max_output = 1;
  const auto process = fakes::tiny_process(GetParam(), std::move(options));
  ASSERT_TRUE(process);
  process->run();
  EXPECT_THAT(report_text(make_report(*process)),
              ::testing::MatchesRegex("tiny.cpe: limit --max-output 1 reached\n"
                                      "  at main.0x[0-9a-f]+ \\(0x004000[0-9a-f]+\\)\n"
                                      "\n"
                                      "  last system calls\n"
                                      "    main.0x[0-9a-f]+: stdout.*= [?]\n"));
  const Json json = Json::parse(report_json(make_report(*process)));
  const fakes::SchemaCheck schema(fakes::load_schema("report.schema.json"));
  EXPECT_THAT(schema.violations(json), IsEmpty());
  EXPECT_EQ(json["limit"], "--max-output 1");
  EXPECT_EQ(json["status"], 124);
}

Report memory_fault(Guest& guest, emu::Access access, std::uint64_t address, std::uint32_t size) {
  Report report;
  report.program = "app.cpe";
  report.outcome.ending = Ending::kFaulted;
  report.outcome.fault = emu::Fault{.kind = emu::FaultKind::kMemory,
                                    .pc = Guest::kCode,
                                    .pc_exact = true,
                                    .access = access,
                                    .address = address,
                                    .size = size,
                                    .detail = {}};
  describe_ending(report, guest.memory, guest.symbols());
  return report;
}

TEST(Report, AMemoryFaultIsSaidInWords) {
  Guest guest;
  EXPECT_EQ(memory_fault(guest, emu::Access::kWrite, 0x10, 4).summary,
            "memory fault: write of 4 bytes at 0x00000010, in the null page");
  EXPECT_EQ(memory_fault(guest, emu::Access::kRead, 0x403002, 1).summary,
            "memory fault: read of 1 byte at 0x00403002, 2 bytes past the end of var");
  EXPECT_EQ(memory_fault(guest, emu::Access::kWrite, Guest::kConst + 2, 8).summary,
            "memory fault: write of 8 bytes at 0x00401002, message+0x2, 0x2 bytes into const, "
            "which is r--");
  EXPECT_EQ(memory_fault(guest, emu::Access::kExecute, Guest::kVar, 1).summary,
            "memory fault: execution at 0x00402000, buffer, the start of var, which is rw-");
  EXPECT_EQ(memory_fault(guest, emu::Access::kRead, 0x1234'5678'9abc, 0).summary,
            "memory fault: read at 0x0000123456789abc, unmapped");
}

TEST(Report, OtherEndingsAreSaidInWords) {
  Guest guest;
  Report report;
  const auto summary = [&] {
    describe_ending(report, guest.memory, guest.symbols());
    return report.summary;
  };
  const auto fault = [&](emu::FaultKind kind, std::string detail) {
    report.outcome.ending = Ending::kFaulted;
    report.outcome.fault = emu::Fault{};
    report.outcome.fault->kind = kind;
    report.outcome.fault->detail = std::move(detail);
    return summary();
  };
  EXPECT_EQ(fault(emu::FaultKind::kIllegalInstruction, "privileged instruction"),
            "illegal instruction: privileged instruction");
  EXPECT_EQ(fault(emu::FaultKind::kArithmetic, "divide error"), "arithmetic fault: divide error");
  EXPECT_EQ(fault(emu::FaultKind::kBreakpoint, ""), "breakpoint");
  EXPECT_EQ(fault(emu::FaultKind::kBadTrap, "int 0x21"),
            "a trap that is no CalamOS system call: int 0x21");
  report.outcome = {};
  report.outcome.ending = Ending::kInterrupted;
  EXPECT_EQ(summary(), "interrupted");
  report.outcome.signal = 15;
  EXPECT_EQ(summary(), "interrupted by signal 15");
}

Report report_of_frames(const std::vector<std::uint64_t>& addresses) {
  Report report;
  report.outcome.ending = Ending::kFaulted;
  report.outcome.fault = emu::Fault{};
  for (const std::uint64_t address : addresses)
    report.backtrace.push_back(
        {.address = address, .symbol = {}, .offset = 0, .text = fmt::format("f{}", address)});
  return report;
}

TEST(Report, FramesOfDifferentFunctionsAreAllShown) {
  std::vector<std::uint64_t> addresses;
  for (std::uint64_t i = 1; i <= 40; ++i) addresses.push_back(i);
  const std::string text = report_text(report_of_frames(addresses));
  for (const std::uint64_t one : addresses)
    EXPECT_THAT(text, HasSubstr(fmt::format("  f{}\n", one)));
  EXPECT_THAT(text, Not(HasSubstr("more")));
}

TEST(Report, RecursionIsFoldedAlsoOfFunctionsThatCallEachOther) {
  EXPECT_THAT(report_text(report_of_frames({1, 2, 2, 2, 2, 3})),
              HasSubstr("    #0  0x00000001  f1\n"
                        "    #1  0x00000002  f2\n"
                        "        ... and 3 times more\n"
                        "    #5  0x00000003  f3\n"));
  EXPECT_THAT(report_text(report_of_frames({1, 2, 3, 2, 3, 2, 3, 4})),
              HasSubstr("    #0  0x00000001  f1\n"
                        "    #1  0x00000002  f2\n"
                        "    #2  0x00000003  f3\n"
                        "        ... and these 2 2 times more\n"
                        "    #7  0x00000004  f4\n"));
}

TEST(Report, OperandsAreShownBesideTheInstructionAndTheStackBelow) {
  Report report = report_of_frames({});
  report.place = ReportPlace{.address = 0x400000, .symbol = {}, .offset = 0, .text = "main"};
  report.instructions.push_back(
      {.place = *report.place, .bytes = {}, .text = "div ecx", .current = true});
  report.operands = {{"ecx", 0}, {"eax", 0x1f}};
  report.word_bytes = 4;
  report.stack = {{0x6ffffff8, 0x400012, "main+0x12"}, {0x6ffffffc, 7, ""}};
  const std::string text = report_text(report);
  EXPECT_THAT(text, HasSubstr("=> 0x00400000  main  div ecx    ; ecx = 0x0, eax = 0x1f\n"));
  EXPECT_THAT(text, HasSubstr("\n  stack\n"
                              "    0x6ffffff8  00400012  main+0x12\n"
                              "    0x6ffffffc  00000007\n"));
}

TEST(Report, AnExitHasNoTextButJson) {
  Report report;
  report.program = "app.cpe";
  report.arch = "8664";
  report.outcome.ending = Ending::kExited;
  report.outcome.code = 0xffff'ffff'0000'0003;
  report.outcome.instructions = 99;
  report.status = exit_status(report.outcome);
  EXPECT_EQ(report_text(report), "");
  const Json json = Json::parse(report_json(report));
  const fakes::SchemaCheck schema(fakes::load_schema("report.schema.json"));
  EXPECT_THAT(schema.violations(json), IsEmpty());
  EXPECT_EQ(json["code"], 0xffff'ffff'0000'0003u);
  EXPECT_EQ(json["status"], 3);
  EXPECT_EQ(json["counts"]["instructions"], 99);
}

TEST(Report, AFileThatNeverRanHasAReportToo) {
  const Error error{.code = ErrorCode::kMalformed,
                    .file = "bad\xff.cpe",
                    .offset = 13,
                    .field = "entry point offset",
                    .found = "64",
                    .expected = "less than 32",
                    .message = {}};
  ScratchFile file("error.json");
  ASSERT_TRUE(write_error_report(file.path(), "bad\xff.cpe", error, 126));
  const Json json = Json::parse(file.text(), nullptr, false);
  const fakes::SchemaCheck schema(fakes::load_schema("report.schema.json"));
  EXPECT_THAT(schema.violations(json), IsEmpty()) << file.text();
  EXPECT_EQ(json["status"], 126);
  EXPECT_EQ(json["error"]["code"], "malformed");
  EXPECT_EQ(json["error"]["offset"], 13);
  EXPECT_EQ(json["error"]["field"], "entry point offset");
}

TEST(Report, AReportThatCannotBeWrittenIsAHostError) {
  const auto written = write_error_report("/nonexistent-folder/r.json", "a", Error{}, 1);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kHostIo);
}

TEST(Report, ADeviceOrALinkIsWrittenInPlace) {
  ScratchFile target("target.json"), link("link.json");
  std::filesystem::create_symlink(target.path(), link.path());
  ASSERT_TRUE(write_error_report(link.path(), "a", Error{}, 1));
  EXPECT_TRUE(std::filesystem::is_symlink(link.path()));
  EXPECT_THAT(target.text(), HasSubstr("\"ending\": \"error\""));
  const auto full = write_error_report("/dev/full", "a", Error{}, 1);
  ASSERT_FALSE(full);
  EXPECT_THAT(full.error().text(), HasSubstr("/dev/full: cannot be written"));
}

TEST(Report, RegistersStandInColumnsAndRecursionIsFolded) {
  Report report;
  report.program = "evil\x1b[2J.cpe";
  report.outcome.ending = Ending::kFaulted;
  report.outcome.fault = emu::Fault{};
  report.summary = "illegal instruction";
  report.place = ReportPlace{.address = 0x400000, .symbol = "f", .offset = 0, .text = "f"};
  report.registers = {{"r0", 32, 1}, {"r1", 32, 2}, {"r2", 32, 3}, {"r3", 32, 4}, {"cpsr", 32, 5}};
  report.flags = "Z C";
  for (int i = 0; i < 5; ++i) report.backtrace.push_back(*report.place);
  report.backtrace.push_back({.address = 0x400010, .symbol = "g", .offset = 2, .text = "g+0x2"});
  EXPECT_EQ(report_text(report),
            "evil\\x1b[2J.cpe: illegal instruction\n"
            "  at f (0x00400000)\n"
            "\n"
            "  registers\n"
            "      r0 00000001    r1 00000002    r2 00000003    r3 00000004\n"
            "    cpsr 00000005\n"
            "   flags Z C\n"
            "\n"
            "  backtrace\n"
            "    #0  0x00400000  f\n"
            "        ... and 4 times more\n"
            "    #5  0x00400010  g+0x2\n");
}

std::vector<std::uint64_t> frames_of(const Guest& guest, std::uint64_t pc) {
  std::vector<std::uint64_t> out;
  for (const Frame& frame : backtrace(pc, guest.engine, guest.memory, guest.symbols())) {
    out.push_back(frame.pc);
  }
  return out;
}

TEST(Backtrace, EndsAtWhateverIsNoFrame) {
  constexpr std::uint64_t pc = Guest::kCode + 4, a = Guest::kCode + 8, b = Guest::kCode + 12;
  Guest guest;
  EXPECT_THAT(frames_of(guest, pc), ElementsAre(pc));  // no frame pointer at all
  guest.engine.set("rbp", 0xffff'ffff'ffff'fff8);
  EXPECT_THAT(frames_of(guest, pc), ElementsAre(pc));
  guest.engine.set("rbp", Guest::kStack + 1);
  EXPECT_THAT(frames_of(guest, pc), ElementsAre(pc));
  guest.engine.set("rbp", Guest::kStack + 0x100);
  guest.poke_word(Guest::kStack + 0x100, Guest::kStack + 0x120);
  guest.poke_word(Guest::kStack + 0x108, a);
  guest.poke_word(Guest::kStack + 0x120, Guest::kStack + 0x140);
  guest.poke_word(Guest::kStack + 0x128, b);
  guest.poke_word(Guest::kStack + 0x148, Guest::kExitStub);
  EXPECT_THAT(frames_of(guest, pc), ElementsAre(pc, a, b));
  guest.poke_word(Guest::kStack + 0x120, Guest::kStack + 0x100);  // a loop
  EXPECT_THAT(frames_of(guest, pc), ElementsAre(pc, a, b));
  guest.poke_word(Guest::kStack + 0x128, Guest::kVar);  // not code
  EXPECT_THAT(frames_of(guest, pc), ElementsAre(pc, a));
}

TEST(Backtrace, IsBoundedOnAnEndlessStack) {
  Guest guest;
  for (std::uint64_t at = Guest::kStack; at < Guest::kStack + 0xff0; at += 16) {
    guest.poke_word(at, at + 16);
    guest.poke_word(at + 8, Guest::kCode + 8);
  }
  guest.engine.set("rbp", Guest::kStack);
  EXPECT_EQ(frames_of(guest, Guest::kCode).size(), kMaxFrames);
}

TEST(Backtrace, FindsTheCallerOfAWildCall) {
  Guest x86;
  x86.engine.set("rsp", Guest::kStack + 0x10);
  x86.poke_word(Guest::kStack + 0x10, Guest::kCode + 8);
  EXPECT_THAT(frames_of(x86, 0x1234), ElementsAre(0x1234, Guest::kCode + 8));
  EXPECT_THAT(frames_of(x86, Guest::kCode), ElementsAre(Guest::kCode));
  Guest arm(emu::kArm);
  arm.engine.set("lr", Guest::kCode + 9);  // bit 0: the caller is Thumb
  EXPECT_THAT(frames_of(arm, 0x1234), ElementsAre(0x1234, Guest::kCode + 8));
}

TEST(Backtrace, ALeafFunctionsCallerIsInTheLinkRegister) {
  Guest guest(emu::kArm64);
  guest.symbol("leaf", 0x100);
  guest.engine.set("x30", Guest::kCode + 8);
  EXPECT_THAT(frames_of(guest, Guest::kCode + 0x104),
              ElementsAre(Guest::kCode + 0x104, Guest::kCode + 8));
  guest.engine.set("x30", Guest::kCode + 0x108);  // left over from a call of its own
  EXPECT_THAT(frames_of(guest, Guest::kCode + 0x104), ElementsAre(Guest::kCode + 0x104));
}

TEST(Backtrace, FollowsWhatGccMakesOfArmFrames) {
  Guest guest(emu::kArm);
  guest.engine.set("r11", Guest::kStack + 0x104);
  guest.poke_word(Guest::kStack + 0x100, Guest::kStack + 0x124);
  guest.poke_word(Guest::kStack + 0x104, Guest::kCode + 8);
  guest.poke_word(Guest::kStack + 0x120, 0);
  guest.poke_word(Guest::kStack + 0x124, Guest::kCode + 12);
  EXPECT_THAT(frames_of(guest, Guest::kCode),
              ElementsAre(Guest::kCode, Guest::kCode + 8, Guest::kCode + 12));
}

TEST(Backtrace, ACallAtAFunctionsEndIsNamedByThatFunction) {
  Guest guest;
  guest.symbol("next", 0x20);
  const auto hit = Frame{Guest::kCode + 0x20, true}.symbol(guest.symbols());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->name, "main");
  EXPECT_EQ(hit->offset, 0x20u);
}

std::vector<std::string> around(const Guest& guest, std::uint64_t pc) {
  std::vector<std::string> out;
  for (const auto& one : neighbourhood(pc, guest.engine, guest.memory, guest.symbols(), 2, 1)) {
    out.push_back(annotated(one, guest.symbols()));
  }
  return out;
}

TEST(Neighbourhood, GoesBackThroughVariableLengths) {
  Guest guest;
  guest.poke_hex(Guest::kCode,
                 "b801000000"
                 "48c7c002000000"
                 "90"
                 "0f0b"
                 "c3");
  EXPECT_THAT(around(guest, Guest::kCode + 13), ElementsAre("mov rax, 2", "nop", "ud2", "ret"));
  EXPECT_THAT(around(guest, Guest::kCode), ElementsAre("mov eax, 1", "mov rax, 2"));
}

TEST(Neighbourhood, DataInFrontDoesNotMislead) {
  Guest guest;
  // From main the sweep runs over pc; only a later start arrives.
  guest.poke_hex(Guest::kCode,
                 "b8"
                 "90"
                 "90"
                 "0f0b");
  EXPECT_THAT(around(guest, Guest::kCode + 3), ElementsAre("nop", "nop", "ud2", Not(IsEmpty())));
}

TEST(Neighbourhood, ThumbAndTargetsByName) {
  Guest guest(emu::kArm);
  guest.symbol("callee", 0x104);
  guest.engine.is_thumb = true;
  guest.poke_hex(Guest::kCode, "0120002800f07ef800df");
  EXPECT_THAT(around(guest, Guest::kCode + 4),
              ElementsAre("movs r0, #1", "cmp r0, #0", "bl #0x400104 <callee>", "svc #0"));
}

TEST(Neighbourhood, NothingIsMappedNothingIsShown) {
  Guest guest;
  EXPECT_THAT(around(guest, 0x10), IsEmpty());
}

}  // namespace
}  // namespace cmos::runtime

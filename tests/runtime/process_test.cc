// Running, feeding, stepping and inspecting a process (abi 2).
#include <thread>

#include "tests/runtime/process_fixture.h"

namespace cmos::runtime {
namespace {

class ProcessTest : public EveryArch {};
INSTANTIATE_TEST_SUITE_P(Archs, ProcessTest, documented_archs(), arch_name);

TEST_P(ProcessTest, ExitsWithItsCode) {
  const auto process = start(code().call(0, {0x8000'0107}));
  EXPECT_EQ(process->run().ending, Ending::kExited);
  EXPECT_EQ(process->outcome().code, 0x8000'0107u);
  EXPECT_EQ(exit_status(process->outcome()), 7);
  EXPECT_EQ(process->outcome().syscalls, 1u);
  EXPECT_TRUE(process->ended());
}

TEST_P(ProcessTest, AReturnFromTheEntryExitsWithItsValue) {
  const auto process = start(code().return_value(42));
  EXPECT_EQ(process->run().ending, Ending::kExited);
  EXPECT_EQ(process->outcome().code, 42u);
}

TEST_P(ProcessTest, RunningAgainGivesTheSameOutcome) {
  const auto process = start(code().call(0, {3}));
  process->run();
  EXPECT_EQ(process->run().code, 3u);
  EXPECT_FALSE(process->step());
  EXPECT_EQ(process->outcome().syscalls, 1u);
}

TEST_P(ProcessTest, InputIsFedAndOutputCollected) {
  GuestCode guest = code();
  const std::uint32_t text = guest.data("hello\n");
  const std::uint32_t colour = guest.data(std::string_view("\x33\x22\x11\xff", 4));
  guest.call(1, {text, 6, colour}).call(2, {0}).exit_with_result();
  const auto process = start(guest);
  process->buffer()->feed("Z");
  process->run();
  EXPECT_EQ(process->outcome().code, std::uint64_t{'Z'});
  ASSERT_EQ(process->buffer()->writes().size(), 1u);
  EXPECT_EQ(process->buffer()->writes()[0],
            (syscalls::BufferConsole::Write{"hello\n", 0xff112233}));
  EXPECT_EQ(process->outcome().output_bytes, 6u);
}

TEST_P(ProcessTest, AFailedCallIsSignExtendedToTheRegister) {
  const auto fault = start(code().call(1, {16, 1, 0}).exit_with_result());
  EXPECT_EQ(fault->run().code, all_bits() - 2);
  const auto unknown = start(code().call(0x7777, {}).exit_with_result());
  EXPECT_EQ(unknown->run().code, all_bits() - 1);
  const auto unserved = start(code().call(0x10, {0, 0, 0}).exit_with_result());
  EXPECT_EQ(unserved->run().code, all_bits() - 1);
  const auto end_of_input = start(code().call(2, {0}).exit_with_result());
  EXPECT_EQ(end_of_input->run().code, all_bits());
}

TEST_P(ProcessTest, ACallChangesTheResultRegisterAlone) {
  const auto process = start(code().call(0x40, {0}).call(0, {0}));
  const emu::Isa& isa = process->isa();
  const auto registers = [&] {
    std::vector<std::uint64_t> values;
    for (std::size_t i = 0; i < isa.cpu.general().size(); ++i) {
      values.push_back(process->engine().read_register(static_cast<emu::RegisterIndex>(i)));
    }
    return values;
  };
  // Every register that the call does not use holds something that would be missed.
  for (std::size_t i = 0; i < isa.cpu.general().size(); ++i) {
    const auto index = static_cast<emu::RegisterIndex>(i);
    if (index == isa.cpu.pc || index == isa.cpu.sp || isa.cpu.general()[i].name == "cpsr") continue;
    process->engine().write_register(index, 0x1000 + i);
  }
  std::vector<std::uint64_t> before;
  while (process->syscalls() == 0) {
    before = registers();
    ASSERT_TRUE(process->step());
  }
  std::vector<std::uint64_t> expected = before;
  expected[isa.result] = process->placement().heap_base;
  expected[isa.cpu.pc] += GetParam() == "8664" || GetParam() == "__86" ? 2 : 4;
  EXPECT_EQ(registers(), expected);
}

TEST_P(ProcessTest, StepExecutesOneInstruction) {
  const auto process = start(code().nops(2).call(0, {5}));
  const std::uint64_t entry = process->placement().entry;
  const std::uint64_t size = GetParam() == "8664" || GetParam() == "__86" ? 1 : 4;
  EXPECT_EQ(process->engine().read_register(process->isa().cpu.pc), entry);
  EXPECT_TRUE(process->step());
  EXPECT_EQ(process->engine().read_register(process->isa().cpu.pc), entry + size);
  unsigned steps = 1;
  while (process->step()) ++steps;
  EXPECT_EQ(steps + 1, 2 + code().call_length(1));
  EXPECT_EQ(process->outcome().code, 5u);
}

TEST_P(ProcessTest, RegistersAreReadAndWrittenByName) {
  const auto process = start(code().nops(1));
  const emu::Isa& isa = process->isa();
  const std::string_view name = isa.cpu.general()[isa.arguments[1]].name;
  EXPECT_EQ(process->read_register(name), 0u);
  EXPECT_TRUE(process->write_register(name, 77));
  EXPECT_EQ(process->read_register(name), 77u);
  EXPECT_EQ(process->read_register("no such"), std::nullopt);
  EXPECT_FALSE(process->write_register("no such", 1));
}

TEST_P(ProcessTest, ArgumentZeroIsTheProgram) {
  GuestCode guest = code();
  const std::uint32_t buffer = guest.data(std::string(64, '\0'));
  guest.call(0x42, {buffer, 64}).exit_with_result();
  const auto process = start(guest);
  const std::string block("\1\0\0\0\x14\0\0\0Cmos:\\sys_apps\\guest", 28);
  EXPECT_EQ(process->run().code, block.size());
  std::vector<std::uint8_t> bytes(block.size());
  ASSERT_TRUE(process->memory().peek(buffer, bytes));
  EXPECT_EQ(as_text(bytes), block);
}

TEST_P(ProcessTest, RecentCallsAreTheLastOnesOldestFirst) {
  GuestCode guest = code();
  for (std::uint32_t i = 0; i < 10; ++i) guest.call(0x40, {0});
  const auto process = start(guest.call(0, {9}));
  EXPECT_TRUE(process->recent_syscalls().empty());
  process->run();
  const auto recent = process->recent_syscalls();
  ASSERT_EQ(recent.size(), Process::kRecentSyscalls);
  EXPECT_EQ(recent.front().sequence, 4u);
  EXPECT_EQ(recent.front().row->name, "grow");
  EXPECT_EQ(recent.front().result, process->placement().heap_base);
  EXPECT_EQ(recent.back().sequence, 11u);
  EXPECT_EQ(recent.back().registers.arguments[0], 9u);
  EXPECT_FALSE(recent.back().returns);
}

TEST_P(ProcessTest, AFaultIsReportedWithItsPlace) {
  const auto process = start(code().nops(3).null_read());
  EXPECT_EQ(process->run().ending, Ending::kFaulted);
  ASSERT_TRUE(process->outcome().fault);
  EXPECT_EQ(process->outcome().fault->kind, emu::FaultKind::kMemory);
  EXPECT_EQ(process->outcome().fault->address, 0u);
  EXPECT_EQ(exit_status(process->outcome()), 139);
  const auto illegal = start(code().illegal_instruction());
  EXPECT_EQ(illegal->run().ending, Ending::kFaulted);
  EXPECT_EQ(exit_status(illegal->outcome()), 132);
}

TEST_P(ProcessTest, AStrictAbiEndsAtTheFirstOtherCall) {
  GuestCode guest = code();
  const std::uint32_t text = guest.data("ok");
  guest.call(1, {text, 2, 0}).call(0x40, {0}).call(0, {1});
  const auto process = start(guest, {.strict_abi = true});
  EXPECT_EQ(process->run().ending, Ending::kForbidden);
  EXPECT_EQ(exit_status(process->outcome()), 125);
  EXPECT_NE(process->outcome().message.find("0x40 (grow)"), std::string::npos)
      << process->outcome().message;
  EXPECT_EQ(process->buffer()->output(), "ok");
  EXPECT_EQ(start(code().call(0x99), {.strict_abi = true})->run().ending, Ending::kForbidden);
}

/// Writes down every event.
class Recorder : public Observer {
 public:
  explicit Recorder(bool instructions = false) : instructions_(instructions) {}
  bool wants_instructions() const override { return instructions_; }
  void on_start(const Process&) override { log += "start "; }
  void on_instruction(const Process&, std::uint64_t) override { log += "i "; }
  void on_syscall_enter(const Process&, const SyscallEvent& event) override {
    log += "enter" + std::to_string(event.registers.number) + " ";
  }
  void on_syscall_exit(const Process&, const SyscallEvent& event) override {
    log += event.returns ? "exit " : "gone ";
  }
  void on_end(const Process& process, const Outcome& outcome) override {
    log += outcome.ending == Ending::kExited && process.ended() ? "end" : "?";
  }
  std::string log;

 private:
  bool instructions_;
};

TEST_P(ProcessTest, ObserversSeeTheEventsInOrder) {
  Recorder plain;
  start(code().call(2, {0}).call(0, {0}), {.observers = {&plain}})->run();
  EXPECT_EQ(plain.log, "start enter2 exit enter0 gone end");
  Recorder all(true);
  start(code().nops(1).call(0), {.observers = {&all}})->run();
  EXPECT_EQ(all.log, "start i i i enter0 gone end");
}

TEST_P(ProcessTest, AStopRequestEndsALoop) {
  const auto before = start(code().endless_loop());
  before->request_stop();
  EXPECT_EQ(before->run().ending, Ending::kInterrupted);
  EXPECT_EQ(exit_status(before->outcome()), 130);

  const auto during = start(code().endless_loop());
  std::thread other([&] { during->request_stop(15); });
  EXPECT_EQ(during->run().ending, Ending::kInterrupted);
  other.join();
  EXPECT_EQ(exit_status(during->outcome()), 143);
}

TEST(ProcessFiles, ErrorsNameTheFile) {
  GuestCode guest("8664");
  cpe::Executable unknown = guest.nops(1).executable();
  unknown.arch = "Z80!";
  const auto no_engine = Process::load(cpe::write(unknown).value(), "odd.cpe", {});
  ASSERT_FALSE(no_engine);
  EXPECT_EQ(no_engine.error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(no_engine.error().text().starts_with("odd.cpe: ")) << no_engine.error().text();
  EXPECT_NE(no_engine.error().text().find("no CPU engine for ARCH 'Z80!'"), std::string::npos);

  const auto garbage = Process::load(as_bytes("garbage"), "bad.cpe", {});
  ASSERT_FALSE(garbage);
  EXPECT_EQ(garbage.error().code, ErrorCode::kMalformed);
  EXPECT_EQ(garbage.error().file, "bad.cpe");
}

TEST(ProcessFiles, AProgramsNameIsItsPlaceInTheNamespace) {
  EXPECT_EQ(program_path("app.cpe"), "Cmos:\\sys_apps\\app");
  EXPECT_EQ(program_path("some/dir/app.cxe"), "Cmos:\\sys_apps\\app");
  EXPECT_EQ(program_path("app"), "Cmos:\\sys_apps\\app");
  EXPECT_EQ(program_path("dir.cpe/a.b.cpe"), "Cmos:\\sys_apps\\a.b");
  EXPECT_EQ(program_path(".cpe"), "Cmos:\\sys_apps\\.cpe");
}

}  // namespace
}  // namespace cmos::runtime

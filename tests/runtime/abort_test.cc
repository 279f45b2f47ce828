// The abort method: on every ending, with the exit status, bounded, and without a say in how the
// process ended (abi 2).
#include <gmock/gmock.h>

#include "runtime/report/report.h"
#include "tests/runtime/process_fixture.h"

namespace cmos::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Its call 0x99 is unknown to the kernel and known to these tests: its first argument is the
/// method's own.
constexpr std::uint32_t kProbe = 0x99;

class ProbeObserver : public Observer {
 public:
  void on_syscall_enter(const Process&, const SyscallEvent& event) override {
    if (event.registers.number == kProbe) probes.push_back(event.registers.arguments[0]);
  }
  std::vector<std::uint64_t> probes;
};

class AbortTest : public EveryArch {
 protected:
  /// Runs `guest`, whose ending is tested, with the abort method that `method` appends.
  template <class Method>
  Outcome run(GuestCode guest, Method&& method, ProcessOptions options = {}) {
    guest.abort_method().call(kProbe);
    method(guest);
    options.observers.push_back(&observer_);
    process_ = start(guest, std::move(options));
    if (stop_first_) process_->request_stop();
    return process_->run();
  }

  ProbeObserver observer_;
  std::unique_ptr<Process> process_;
  bool stop_first_ = false;
};
INSTANTIATE_TEST_SUITE_P(Archs, AbortTest, documented_archs(), arch_name);

void just_returns(GuestCode& guest) {
  guest.give_back();
}

TEST_P(AbortTest, RunsAfterAnExit) {
  const Outcome outcome = run(code().call(0, {0x107}), just_returns);
  EXPECT_EQ(outcome.ending, Ending::kExited);
  EXPECT_EQ(outcome.code, 0x107u);
  EXPECT_EQ(observer_.probes, std::vector<std::uint64_t>{7}) << "the exit status, not the code";
}

TEST_P(AbortTest, RunsAfterAReturnFromTheEntry) {
  const Outcome outcome = run(code().return_value(5), just_returns);
  EXPECT_EQ(outcome.ending, Ending::kExited);
  EXPECT_EQ(observer_.probes, std::vector<std::uint64_t>{5});
}

TEST_P(AbortTest, RunsAfterAFault) {
  const Outcome outcome = run(code().null_read(), just_returns);
  EXPECT_EQ(outcome.ending, Ending::kFaulted);
  EXPECT_EQ(observer_.probes, std::vector<std::uint64_t>{139});
}

TEST_P(AbortTest, RunsAfterEachLimit) {
  EXPECT_EQ(
      run(code().endless_loop(), just_returns, {.limits = {.max_instructions = 1000}}).instructions,
      1000u);
  EXPECT_EQ(run(code().endless_loop(), just_returns, {.limits = {.timeout = 0.001}}).ending,
            Ending::kLimit);
  EXPECT_EQ(run(code().overflow_the_stack(), just_returns).limit, "--stack-size 1M");
  GuestCode guest = code();
  const std::uint32_t text = guest.data("text");
  guest.call(1, {text, 4, 0});
  EXPECT_EQ(run(guest, just_returns, {.limits = {.max_output = 3}}).limit, "--max-output 3");
  EXPECT_EQ(observer_.probes, std::vector<std::uint64_t>(4, 124));
}

TEST_P(AbortTest, RunsAfterAStopRequest) {
  stop_first_ = true;
  EXPECT_EQ(run(code().endless_loop(), just_returns).ending, Ending::kInterrupted);
  EXPECT_EQ(observer_.probes, std::vector<std::uint64_t>{130});
}

TEST_P(AbortTest, RunsAfterAForbiddenCallAndMakesNoneItself) {
  GuestCode guest = code();
  guest.call(0x40, {0});
  EXPECT_EQ(run(guest, just_returns, {.strict_abi = true}).ending, Ending::kForbidden);
  EXPECT_EQ(observer_.probes, std::vector<std::uint64_t>{125});
}

TEST_P(AbortTest, ASecondExitEndsItWithoutChangingTheStatus) {
  const Outcome outcome =
      run(code().call(0, {3}), [](GuestCode& guest) { guest.call(0, {9}).call(kProbe, {1}); });
  EXPECT_EQ(outcome.ending, Ending::kExited);
  EXPECT_EQ(outcome.code, 3u);
  EXPECT_EQ(observer_.probes, std::vector<std::uint64_t>{3});
}

TEST_P(AbortTest, AFaultEndsItWithoutChangingTheStatus) {
  const Outcome outcome = run(code().call(0, {3}), [](GuestCode& guest) { guest.null_read(); });
  EXPECT_EQ(outcome.ending, Ending::kExited);
  EXPECT_EQ(outcome.code, 3u);
  EXPECT_FALSE(outcome.fault);
  const std::string text = report_text(make_report(*process_));
  EXPECT_THAT(text, HasSubstr("its abort method faulted: memory fault: read of "));
  EXPECT_THAT(text, HasSubstr("in the null page, at abort+0x"));
}

TEST_P(AbortTest, NothingIsSaidOfOneThatCameToItsEnd) {
  run(code().call(0, {3}), just_returns);
  EXPECT_EQ(report_text(make_report(*process_)), "");
  run(code().call(0, {3}), [](GuestCode& guest) { guest.call(0, {9}); });
  EXPECT_EQ(report_text(make_report(*process_)), "");
  run(code().null_read(), just_returns);
  EXPECT_THAT(report_text(make_report(*process_)), Not(HasSubstr("abort method")));
}

TEST_P(AbortTest, OneThatWritesForEverIsSaid) {
  GuestCode guest = code();
  const std::uint32_t text = guest.data("text");
  const Outcome outcome = run(guest.call(0, {3}),
                              [text](GuestCode& method) {
                                method.call(1, {text, 4, 0}).give_back();
                              },
                              {.limits = {.max_output = 3}});
  EXPECT_EQ(outcome.code, 3u);
  EXPECT_THAT(report_text(make_report(*process_)),
              HasSubstr("its abort method was cut short: --max-output 3\n"));
}

TEST_P(AbortTest, AnEndlessOneIsEnded) {
  const Outcome outcome = run(code().call(0, {3}), [](GuestCode& guest) { guest.endless_loop(); });
  EXPECT_EQ(outcome.ending, Ending::kExited);
  EXPECT_EQ(outcome.code, 3u);
  EXPECT_THAT(report_text(make_report(*process_)),
              HasSubstr("its abort method was cut short: 10000000 instructions\n"));
}

TEST_P(AbortTest, ItsReturnDoesNotContinueTheProgram) {
  // After the exit call stand a probe and another exit: neither may ever be reached.
  const Outcome outcome = run(code().call(0, {3}).call(kProbe, {1}).call(0, {4}), just_returns);
  EXPECT_EQ(outcome.code, 3u);
  EXPECT_EQ(observer_.probes, std::vector<std::uint64_t>{3});
}

TEST_P(AbortTest, ItsOutputCountsAndItsCallsAreNotTheProgramsLast) {
  GuestCode guest = code();
  const std::uint32_t text = guest.data("bye");
  const Outcome outcome = run(guest.call(0, {0}), [text](GuestCode& method) {
    method.call(1, {text, 3, 0}).give_back();
  });
  EXPECT_EQ(process_->buffer()->output(), "bye");
  EXPECT_EQ(outcome.output_bytes, 3u);
  EXPECT_EQ(outcome.syscalls, 1u);
  ASSERT_EQ(process_->recent_syscalls().size(), 1u);
  EXPECT_EQ(process_->recent_syscalls()[0].row->name, "exit");
}

TEST_P(AbortTest, TheRegistersOfTheEndingStay) {
  run(code().call(0, {0x1234}), [](GuestCode& method) { method.call(0x40, {7}).give_back(); });
  const emu::Isa& isa = process_->isa();
  EXPECT_EQ(process_->engine().read_register(isa.arguments[0]), 0x1234u);
  const std::uint64_t after_exit = cpe::kLoadAddress + 0;
  EXPECT_GT(process_->engine().read_register(isa.cpu.pc), after_exit);
  EXPECT_LT(process_->engine().read_register(isa.cpu.pc), cpe::kLoadAddress + kAbortOffset);
}

TEST_P(AbortTest, InstructionsAreNotReportedUnlessAskedFor) {
  EXPECT_EQ(run(code().call(0, {0}), just_returns).instructions, std::nullopt);
  EXPECT_EQ(run(code().call(0, {0}), just_returns, {.count_instructions = true}).instructions,
            code().call_length(1));
}

TEST_P(AbortTest, AnAbortSymbolOutsideTheCodeDoesNoHarm) {
  cpe::Executable file = code().call(0, {3}).executable();
  file.symbols.push_back({"abort", 0x0fff'fff0});
  auto read = cpe::read(cpe::write(file).value(), "odd.cpe");
  if (!read) GTEST_SKIP() << "the reader refuses it: " << read.error().text();
  auto process = Process::load(std::move(*read), "odd.cpe", {});
  ASSERT_TRUE(process);
  EXPECT_EQ((*process)->run().code, 3u);
}

}  // namespace
}  // namespace cmos::runtime

// Counting, budgets, steps, requested stops, several engines.
#include <thread>

#include "tests/emu/guest.h"
#include "tests/emu/toy_cpu.h"

namespace cmos::emu {
namespace {

std::vector<Program> counted_programs() {
  std::vector<Program> found;
  for (const Program& candidate : all_programs())
    if (candidate.name == "count") found.push_back(candidate);
  return found;
}

std::vector<std::uint64_t> registers_of(const Guest& guest) {
  std::vector<std::uint64_t> values;
  for (std::size_t i = 0; i < guest.engine->isa().cpu.general().size(); ++i)
    values.push_back(guest.engine->read_register(static_cast<RegisterIndex>(i)));
  return values;
}

class Counting : public testing::TestWithParam<Program> {
 protected:
  static constexpr GuestOptions kCounted{.code = kRead | kExecute,
                                         .engine = {.count_instructions = true}};

  /// How many single steps the program takes to its system call, the trap included.
  static std::uint64_t steps(Guest& guest) {
    std::uint64_t count = 0;
    for (;;) {
      const Stop stop = guest.engine->step();
      ++count;
      if (stop.reason == StopReason::kSyscall) return count;
      EXPECT_EQ(stop.reason, StopReason::kBudget) << stop.fault.detail << stop.fault.pc;
      if (stop.reason != StopReason::kBudget) return 0;
    }
  }
};

TEST_P(Counting, AgreesWithSingleSteps) {
  if (!kTuned && GetParam().thumb)
    GTEST_SKIP() << "the plain library steps over an IT block at once";
  Guest stepped(GetParam(), kCounted), ran(GetParam(), kCounted), plain_steps(GetParam());
  const std::uint64_t expected = steps(stepped);
  EXPECT_GT(expected, 1000u);
  EXPECT_EQ(stepped.engine->instructions(), expected);
  EXPECT_EQ(steps(plain_steps), expected);
  EXPECT_EQ(plain_steps.engine->instructions(), 0u);
  ASSERT_EQ(ran.run().reason, StopReason::kSyscall);
  EXPECT_EQ(ran.engine->instructions(), expected);
  EXPECT_EQ(registers_of(ran), registers_of(stepped));
}

TEST_P(Counting, BudgetsEndExactlyAtTheirBoundaryAndCanBeContinued) {
  if (!kTuned && GetParam().thumb)
    GTEST_SKIP() << "the plain library steps over an IT block at once";
  Guest stepped(GetParam(), kCounted);
  for (const std::uint64_t budget : {1, 2, 3, 5, 7, 11, 13, 64, 333}) {
    Guest ran(GetParam(), kCounted), reference(GetParam(), kCounted);
    std::uint64_t total = 0;
    for (int piece = 0; piece < 8; ++piece) {
      const Stop stop = ran.run(budget);
      ASSERT_EQ(stop.reason, StopReason::kBudget);
      total += budget;
      EXPECT_EQ(ran.engine->instructions(), total);
      for (std::uint64_t i = 0; i < budget; ++i)
        ASSERT_EQ(reference.engine->step().reason, StopReason::kBudget);
      ASSERT_EQ(registers_of(ran), registers_of(reference)) << budget << " " << piece;
    }
    const Stop stop = ran.run();
    ASSERT_EQ(stop.reason, StopReason::kSyscall);
  }
}

TEST_P(Counting, StepsLeaveNothingBehindForRuns) {
  Guest mixed(GetParam(), kCounted), ran(GetParam(), kCounted);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(mixed.engine->step().reason, StopReason::kBudget);
    ASSERT_EQ(mixed.run(9).reason, StopReason::kBudget);
  }
  ASSERT_EQ(mixed.run().reason, StopReason::kSyscall);
  ASSERT_EQ(ran.run().reason, StopReason::kSyscall);
  EXPECT_EQ(registers_of(mixed), registers_of(ran));
  if (kTuned || !GetParam().thumb) {
    EXPECT_EQ(mixed.engine->instructions(), ran.engine->instructions());
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, Counting, testing::ValuesIn(counted_programs()));

TEST(CountingFaults, CountsWhatWasCompletedBeforeTheFault) {
  if (!kTuned) GTEST_SKIP() << "the plain library does not know the instruction";
  for (const Program& candidate : programs_with_label("fault")) {
    Guest guest(candidate, {.engine = {.count_instructions = true}}),
        reference(candidate, {.engine = {.count_instructions = true}});
    for (Guest* each : {&guest, &reference})
      each->set(candidate.isa == &kX8664   ? "rdi"
                : candidate.isa == &kX86   ? "edi"
                : candidate.isa == &kArm64 ? "x20"
                : candidate.thumb          ? "r7"
                                           : "r8",
                0x900040);
    ASSERT_EQ(guest.run().reason, StopReason::kFault);
    std::uint64_t steps = 0;
    while (reference.engine->step().reason == StopReason::kBudget) ++steps;
    EXPECT_EQ(guest.engine->instructions(), steps) << candidate.isa->arch << candidate.name;
    EXPECT_EQ(guest.pc(), reference.pc());
  }
}

// ---- requested stops ----------------------------------------------------------------------------

class Stopping : public testing::TestWithParam<std::tuple<Program, bool>> {
 protected:
  GuestOptions options() const {
    return {.code = kRead | kExecute, .engine = {.count_instructions = std::get<1>(GetParam())}};
  }
  const Program& program() const { return std::get<0>(GetParam()); }
};

TEST_P(Stopping, ARequestBeforeTheRunIsNotLost) {
  Guest guest(program(), options());
  guest.engine->request_stop();
  EXPECT_EQ(guest.run().reason, StopReason::kRequested);
  EXPECT_EQ(guest.engine->step().reason, StopReason::kRequested);
  EXPECT_EQ(guest.pc(), kCode);
  guest.engine->clear_stop();
  EXPECT_EQ(guest.run().reason, StopReason::kSyscall);
}

TEST_P(Stopping, ATightLoopStopsFromAnotherThread) {
  Guest guest(program(), options());
  const std::uint64_t end = kCode + program().labels.at("end");
  for (int i = 0; i < 20; ++i) {
    guest.engine->jump(end | (program().thumb ? 1 : 0));
    guest.engine->clear_stop();
    std::thread other([&] { guest.engine->request_stop(); });
    EXPECT_EQ(guest.run().reason, StopReason::kRequested);
    other.join();
    EXPECT_EQ(guest.pc(), end);
  }
}

TEST_P(Stopping, StoppedRunsContinueAsIfNothingHadHappened) {
  if (!kTuned && program().thumb)
    GTEST_SKIP() << "the plain library steps over an IT block at once";
  Guest undisturbed(program(), options());
  ASSERT_EQ(undisturbed.run().reason, StopReason::kSyscall);
  for (int round = 0; round < 30; ++round) {
    Guest guest(program(), options());
    std::atomic<bool> done{false};
    std::atomic<int> requests{0};
    std::thread other([&] {
      while (!done.load()) {
        guest.engine->request_stop();
        ++requests;
        for (int spin = 0; spin < 100 * round; ++spin)
          std::atomic_signal_fence(std::memory_order_seq_cst);
      }
    });
    StopReason reason = StopReason::kRequested;
    while (reason == StopReason::kRequested) {
      guest.engine->clear_stop();
      reason = guest.run().reason;
    }
    done.store(true);
    other.join();
    ASSERT_EQ(reason, StopReason::kSyscall);
    ASSERT_EQ(registers_of(guest), registers_of(undisturbed));
    ASSERT_EQ(guest.engine->instructions(), undisturbed.engine->instructions());
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, Stopping,
                         testing::Combine(testing::ValuesIn(counted_programs()), testing::Bool()));

// ---- several engines ----------------------------------------------------------------------------

TEST(Engines, OfEveryIsaLiveInOneProcess) {
  std::vector<std::unique_ptr<Guest>> guests;
  for (const Program& candidate : counted_programs())
    guests.push_back(
        std::make_unique<Guest>(candidate, GuestOptions{.engine = {.count_instructions = true}}));
  for (int piece = 0; piece < 50; ++piece)
    for (const auto& guest : guests) ASSERT_EQ(guest->run(17).reason, StopReason::kBudget);
  for (const auto& guest : guests) EXPECT_EQ(guest->run().reason, StopReason::kSyscall);
  std::size_t index = 0;
  for (const Program& candidate : counted_programs()) {
    Guest alone(candidate, {.engine = {.count_instructions = true}});
    ASSERT_EQ(alone.run().reason, StopReason::kSyscall);
    const auto values = registers_of(*guests[index++]);
    if (kTuned || !candidate.thumb) {
      EXPECT_EQ(values, registers_of(alone));
    }
  }
}

TEST(Engines, RunOnDifferentThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (const Program& candidate : counted_programs())
    threads.emplace_back([&good, candidate] {
      for (int i = 0; i < 5; ++i) {
        Guest guest(candidate, {.engine = {.count_instructions = i % 2 == 0}});
        good += guest.run().reason == StopReason::kSyscall ? 1 : 0;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good.load(), 25);
}

TEST(Heap, GrowsAndShrinksUnderARunningProgram) {
  // mov [rdi], al; int 0x80
  Guest guest(kX8664, {0x88, 0x07, 0xcd, 0x80});
  ASSERT_TRUE(guest.memory.map(0x10000000, 0x1000, kRead | kWrite, "heap"));
  guest.set("rax", 0x5a);
  const auto touch = [&guest](std::uint64_t address) {
    guest.set("rdi", address);
    guest.engine->jump(kCode);
    return guest.run().reason == StopReason::kSyscall;
  };
  for (std::uint64_t size = 0x1000; size < 0x400000; size += 0x1000) {
    ASSERT_TRUE(touch(0x10000000 + size - 1)) << size;
    ASSERT_FALSE(touch(0x10000000 + size)) << size;
    ASSERT_TRUE(guest.memory.resize(0x10000000, size + 0x1000));
  }
  for (std::uint64_t size = 0x400000; size > 0x300000; size -= 0x3000) {
    ASSERT_TRUE(guest.memory.resize(0x10000000, size));
    ASSERT_TRUE(touch(0x10000000 + size - 1));
    ASSERT_FALSE(touch(0x10000000 + size));
  }
  EXPECT_EQ(guest.load(0x10000fff, 1), 0x5au);
}

}  // namespace
}  // namespace cmos::emu

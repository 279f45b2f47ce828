// Instruction counts and limits are exact (abi 6).
#include "tests/runtime/process_fixture.h"

namespace cmos::runtime {
namespace {

class InstructionTest : public EveryArch {};
INSTANTIATE_TEST_SUITE_P(Archs, InstructionTest, documented_archs(), arch_name);

TEST_P(InstructionTest, InstructionsAreCountedExactly) {
  const auto process =
      start(code().nops(10).call(0x40, {0}).call(0, {0}), {.count_instructions = true});
  process->run();
  EXPECT_EQ(process->outcome().instructions, 10 + 2 * code().call_length(1));
  const auto not_counted = start(code().nops(10).call(0, {0}));
  not_counted->run();
  EXPECT_EQ(not_counted->outcome().instructions, std::nullopt);
}

TEST_P(InstructionTest, AnInstructionLimitIsExact) {
  const GuestCode guest = code().nops(10).call(0x40, {0}).call(0, {5});
  const std::uint64_t all = 10 + 2 * code().call_length(1);
  for (std::uint64_t limit = 0; limit <= all + 1; ++limit) {
    const auto process = start(guest, {.limits = {.max_instructions = limit}});
    const Outcome& outcome = process->run();
    EXPECT_EQ(outcome.instructions, std::min(limit, all));
    if (limit >= all) {
      EXPECT_EQ(outcome.ending, Ending::kExited) << limit;
      continue;
    }
    EXPECT_EQ(outcome.ending, Ending::kLimit) << limit;
    EXPECT_EQ(outcome.limit, "--max-instructions " + std::to_string(limit));
    EXPECT_EQ(exit_status(outcome), 124);
  }
}

TEST_P(InstructionTest, AnInstructionLimitEndsALoop) {
  const auto process = start(code().endless_loop(), {.limits = {.max_instructions = 100'000}});
  EXPECT_EQ(process->run().ending, Ending::kLimit);
  EXPECT_EQ(process->outcome().instructions, 100'000u);
}

TEST_P(InstructionTest, SteppingKeepsTheInstructionLimit) {
  const auto process = start(code().endless_loop(), {.limits = {.max_instructions = 5}});
  unsigned steps = 0;
  while (process->step()) ++steps;
  EXPECT_EQ(steps, 5u);
  EXPECT_EQ(process->outcome().ending, Ending::kLimit);
}

}  // namespace
}  // namespace cmos::runtime

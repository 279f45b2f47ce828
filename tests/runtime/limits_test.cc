// Limits end a guest by name, and exactly (abi 2, 6).
#include <limits>

#include "tests/runtime/process_fixture.h"

namespace cmos::runtime {
namespace {

class LimitsTest : public EveryArch {};
INSTANTIATE_TEST_SUITE_P(Archs, LimitsTest, documented_archs(), arch_name);

TEST_P(LimitsTest, OutputIsCutAtItsLimit) {
  GuestCode guest = code();
  const std::uint32_t text = guest.data("0123456789");
  guest.call(1, {text, 10, 0}).call(1, {text, 10, 0}).call(0, {0});
  const auto process = start(guest, {.limits = {.max_output = 15}});
  EXPECT_EQ(process->run().ending, Ending::kLimit);
  EXPECT_EQ(process->outcome().limit, "--max-output 15");
  EXPECT_EQ(process->buffer()->output(), "012345678901234");
  EXPECT_EQ(process->outcome().output_bytes, 15u);
  EXPECT_EQ(start(guest, {.limits = {.max_output = 20}})->run().ending, Ending::kExited);
}

TEST_P(LimitsTest, ATimeoutEndsALoop) {
  const auto process = start(code().endless_loop(), {.limits = {.timeout = 0.01}});
  EXPECT_EQ(process->run().ending, Ending::kLimit);
  EXPECT_EQ(process->outcome().limit, "--timeout 0.01");
  const auto quick =
      start(code().call(0, {0}), {.limits = {.timeout = std::numeric_limits<double>::max()}});
  EXPECT_EQ(quick->run().ending, Ending::kExited);
}

TEST_P(LimitsTest, AFullStackIsALimitWithItsPlace) {
  const auto process = start(code().overflow_the_stack(), {.limits = {.stack_size = 64 * 1024}});
  EXPECT_EQ(process->run().ending, Ending::kLimit);
  EXPECT_EQ(process->outcome().limit, "--stack-size 64K");
  ASSERT_TRUE(process->outcome().fault);
  EXPECT_LT(process->outcome().fault->address, process->placement().stack_base);
}

TEST_P(LimitsTest, AnImageBeyondTheMemoryLimitIsNotLoaded) {
  const auto refused =
      Process::load(code().nops(1).file(), "big.cpe", {.limits = {.memory = 4096}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_EQ(refused.error().file, "big.cpe");
}

TEST_P(LimitsTest, GrowingBeyondTheMemoryLimitIsAnAnswer) {
  const Limits limits{.memory = 2 << 20};
  const auto process = start(code().call(0x40, {2 << 20}).exit_with_result(), {.limits = limits});
  EXPECT_EQ(process->run().ending, Ending::kExited);
  EXPECT_EQ(process->outcome().code, all_bits() - 12);
  EXPECT_LE(process->outcome().peak_memory, limits.memory);
  const auto grown = start(code().call(0x40, {512 << 10}).exit_with_result(), {.limits = limits});
  EXPECT_EQ(grown->run().code, grown->placement().heap_base);
  EXPECT_GT(grown->outcome().peak_memory, std::uint64_t{512 << 10});
}

TEST_P(LimitsTest, AStackThatDoesNotFitIsRefused) {
  for (const std::uint64_t size :
       {std::uint64_t{1} << 31, std::uint64_t{1} << 40, UINT64_MAX, UINT64_MAX - 4095}) {
    EXPECT_FALSE(Process::load(code().nops(1).file(), "a.cpe",
                               {.limits = {.memory = UINT64_MAX, .stack_size = size}}));
  }
}

TEST(LimitTexts, SizesReadAsTheOptionsTakeThem) {
  EXPECT_EQ(size_text(0), "0");
  EXPECT_EQ(size_text(1000), "1000");
  EXPECT_EQ(size_text(1024), "1K");
  EXPECT_EQ(size_text(3 << 20), "3M");
  EXPECT_EQ(size_text(1536 << 10), "1536K");
  EXPECT_EQ(size_text(1ull << 30), "1G");
}

}  // namespace
}  // namespace cmos::runtime

// What each served call does (abi 3).
#include "tests/syscalls/guest.h"

namespace cmos::syscalls {
namespace {

class Calls : public EveryWidth {};
INSTANTIATE_TEST_SUITE_P(Registers, Calls, testing::Values(4u, 8u), width_name);

constexpr std::int64_t value(Status status) {
  return static_cast<std::int64_t>(status);
}
constexpr auto kPage = std::int64_t{emu::kGuestPage};

// ---- exit ----

TEST_P(Calls, ExitKeepsEveryBitOfTheCode) {
  Guest guest(GetParam());
  const CallResult result = guest.result("exit", ~0ull);
  EXPECT_FALSE(result.returns);
  EXPECT_EQ(guest.kernel->end_request(), EndRequest::kExit);
  EXPECT_EQ(guest.kernel->exit_code(), guest.mask);
}

// ---- stdout ----

TEST_P(Calls, StdoutReturnsTheBytesWritten) {
  Guest guest(GetParam());
  guest.poke(kVar, std::string_view("a\0\xff\n", 4));
  EXPECT_EQ(guest.call("stdout", kVar, 4, 0), 4);
  EXPECT_EQ(guest.console.output(), std::string_view("a\0\xff\n", 4));
}

TEST_P(Calls, StdoutPassesTheColourUnlessItIsTransparent) {
  Guest guest(GetParam());
  guest.poke(kVar, "x");
  guest.poke(kVar + 5, "\x03\x02\x01\xff");  // unaligned
  EXPECT_EQ(guest.call("stdout", kVar, 1, kVar + 5), 1);
  guest.poke(kVar + 8, std::string_view("\0", 1));  // alpha
  EXPECT_EQ(guest.call("stdout", kVar, 1, kVar + 5), 1);
  const std::vector<BufferConsole::Write> expected{{"x", 0xff010203}, {"x", std::nullopt}};
  EXPECT_EQ(guest.console.writes(), expected);
}

TEST_P(Calls, OutputEndsExactlyAtItsLimit) {
  Guest guest(GetParam(), {.max_output = 10});
  guest.poke(kVar, "0123456789");
  EXPECT_EQ(guest.call("stdout", kVar, 6, 0), 6);
  EXPECT_EQ(guest.call("stdout", kVar, 4, 0), 4);
  EXPECT_EQ(guest.call("stdout", kVar, 0, 0), 0);
  EXPECT_EQ(guest.kernel->end_request(), EndRequest::kNone);
  EXPECT_FALSE(guest.result("stdout", kVar, 1, 0).returns);
  EXPECT_EQ(guest.kernel->end_request(), EndRequest::kOutputLimit);
  EXPECT_EQ(guest.console.output(), "0123450123");
}

TEST_P(Calls, AWriteOverTheLimitIsCutThere) {
  Guest guest(GetParam(), {.max_output = 4});
  guest.poke(kVar, "0123456789");
  EXPECT_FALSE(guest.result("stdout", kVar, 10, 0).returns);
  EXPECT_EQ(guest.console.output(), "0123");
  EXPECT_EQ(guest.kernel->output_bytes(), 4u);
}

struct RefusingConsole final : BufferConsole {
  bool write(Bytes, std::optional<std::uint32_t>) override { return false; }
  std::optional<int> read(InputStyle) override { return std::nullopt; }
};

TEST_P(Calls, WhatTheHostRefusesIsAnErrorToTheGuest) {
  Guest guest(GetParam());
  RefusingConsole console;
  Kernel kernel(guest.memory, {.console = &console}, {.word_bytes = GetParam()});
  const emu::SyscallRegisters registers{.number = 1, .arguments = {kVar, 3, 0}};
  EXPECT_EQ(find(1)->call(kernel, registers).value, value(Status::kIo));
  EXPECT_EQ(kernel.output_bytes(), 0u);
}

// ---- stdin ----

TEST_P(Calls, StdinGivesBytesThenMinusOneForEver) {
  Guest guest(GetParam());
  guest.console.feed(std::string_view("\0\xff", 2));
  EXPECT_EQ(guest.call("stdin"), 0);
  EXPECT_EQ(guest.call("stdin"), 255);
  EXPECT_EQ(guest.call("stdin"), -1);
  EXPECT_EQ(guest.call("stdin"), -1);
}

TEST_P(Calls, StdinStylesAndUnknownOnes) {
  Guest guest(GetParam());
  for (const std::uint64_t style : {0ull, 1ull, 2ull, 3ull, ~0ull}) guest.call("stdin", style);
  const std::vector<InputStyle> expected{InputStyle::kTerminal, InputStyle::kNoEcho,
                                         InputStyle::kRawKey, InputStyle::kTerminal,
                                         InputStyle::kTerminal};
  EXPECT_EQ(guest.console.styles(), expected);
}

TEST_P(Calls, AnInterruptedReadDoesNotReturn) {
  Guest guest(GetParam());
  RefusingConsole console;
  Kernel kernel(guest.memory, {.console = &console}, {.word_bytes = GetParam()});
  EXPECT_FALSE(find(2)->call(kernel, {.number = 2}).returns);
  EXPECT_EQ(kernel.end_request(), EndRequest::kInterrupted);
}

// ---- grow ----

TEST_P(Calls, GrowMovesTheEndOfTheHeap) {
  Guest guest(GetParam());
  EXPECT_EQ(guest.call("grow", 0), kHeap);
  EXPECT_FALSE(guest.memory.accessible(kHeap, 1, emu::kRead));
  EXPECT_EQ(guest.call("grow", 10), kHeap);
  EXPECT_EQ(guest.call("grow", 0), kHeap + 10);
  EXPECT_TRUE(guest.memory.accessible(kHeap, emu::kGuestPage, emu::kRead | emu::kWrite));
  EXPECT_FALSE(guest.memory.accessible(kHeap, 1, emu::kExecute));
  EXPECT_FALSE(guest.memory.accessible(kHeap, emu::kGuestPage + 1, emu::kRead));
  EXPECT_EQ(guest.call("grow", emu::kGuestPage), kHeap + 10);
  EXPECT_TRUE(guest.memory.accessible(kHeap, 2 * emu::kGuestPage, emu::kRead));
}

TEST_P(Calls, GrowShrinksButNotBelowTheBase) {
  Guest guest(GetParam());
  guest.call("grow", 3 * kPage);
  EXPECT_EQ(guest.call("grow", static_cast<std::uint64_t>(-2 * kPage)), kHeap + 3 * kPage);
  EXPECT_FALSE(guest.memory.accessible(kHeap, emu::kGuestPage + 1, emu::kRead));
  EXPECT_EQ(guest.call("grow", static_cast<std::uint64_t>(-kPage - 1)), value(Status::kInvalid));
  EXPECT_EQ(guest.call("grow", 0), kHeap + kPage);
  EXPECT_EQ(guest.call("grow", static_cast<std::uint64_t>(-kPage)), kHeap + kPage);
  EXPECT_FALSE(guest.memory.accessible(kHeap, 1, emu::kRead));
  EXPECT_EQ(guest.call("grow", ~0ull), value(Status::kInvalid));
  EXPECT_EQ(guest.call("grow", 8), kHeap);
}

TEST_P(Calls, NewHeapBytesAreZeroAlsoAfterShrinking) {
  Guest guest(GetParam());
  guest.call("grow", 100);
  guest.poke(kHeap, std::string(emu::kGuestPage, '~'));  // also past the end, on the same page
  guest.call("grow", static_cast<std::uint64_t>(-50));
  EXPECT_EQ(guest.call("grow", 100 + kPage), kHeap + 50);
  EXPECT_EQ(guest.peek(kHeap, 50), std::string(50, '~'));
  EXPECT_EQ(guest.peek(kHeap + 50, 100 + emu::kGuestPage),
            std::string(100 + emu::kGuestPage, '\0'));
}

TEST_P(Calls, GrowStopsAtTheMemoryLimitAndTheStack) {
  Guest guest(GetParam());
  const auto free = static_cast<std::int64_t>(kMemoryLimit - guest.memory.used());
  EXPECT_EQ(guest.call("grow", static_cast<std::uint64_t>(free + 1)), value(Status::kNoMemory));
  EXPECT_EQ(guest.call("grow", kHeapLimit - kHeap + 1), value(Status::kNoMemory));
  const std::uint64_t largest = guest.mask >> 1;
  EXPECT_EQ(guest.call("grow", largest), value(Status::kNoMemory));
  EXPECT_EQ(guest.call("grow", largest + 1), value(Status::kInvalid)) << "the most negative number";
  EXPECT_EQ(guest.call("grow", 0), kHeap);
  EXPECT_EQ(guest.call("grow", static_cast<std::uint64_t>(free)), kHeap);
  EXPECT_EQ(guest.call("grow", 1), value(Status::kNoMemory));
  EXPECT_EQ(guest.kernel->peak_memory(), kMemoryLimit);
}

// ---- clock, random, arguments ----

TEST_P(Calls, ClockStoresNanoseconds) {
  Guest guest(GetParam());
  EXPECT_EQ(guest.call("clock", 0, kVar), 0);
  EXPECT_EQ(guest.peek(kVar, 8), std::string_view("\x2a\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(guest.call("clock", 2, kVar), value(Status::kInvalid));
  EXPECT_EQ(guest.call("clock", ~0ull, kVar), value(Status::kInvalid));
}

TEST_P(Calls, ArgumentsAreCopiedAsFarAsTheyFit) {
  Guest guest(GetParam(), {.arguments = {"Cmos:\\app", "", "-x"}});
  const std::string block("\3\0\0\0\x9\0\0\0Cmos:\\app\0\0\0\0\2\0\0\0-x", 4 + 4 + 9 + 4 + 4 + 2);
  const auto size = static_cast<std::int64_t>(block.size());
  guest.poke(kVar, std::string(64, '~'));
  EXPECT_EQ(guest.call("arguments", kVar, 10), size);
  EXPECT_EQ(guest.peek(kVar, 11), block.substr(0, 10) + "~");
  EXPECT_EQ(guest.call("arguments", kVar, 64), size);
  EXPECT_EQ(guest.peek(kVar, block.size() + 1), block + "~");
}

TEST_P(Calls, RandomFillsTheBuffer) {
  Guest guest(GetParam());
  EXPECT_EQ(guest.call("random", kVar, 3), 3);
  EXPECT_EQ(guest.peek(kVar, 4), std::string_view("\1\2\3\0", 4));
}

TEST(HostSources, ClockAdvancesAndRandomFills) {
  EXPECT_GT(host_clock().now(ClockKind::kUtc), 1'700'000'000'000'000'000);
  const std::int64_t first = host_clock().now(ClockKind::kMonotonic);
  EXPECT_LE(first, host_clock().now(ClockKind::kMonotonic));
  std::array<std::uint8_t, 32> bytes{};
  EXPECT_TRUE(host_random().fill(bytes));
  EXPECT_NE(bytes, (std::array<std::uint8_t, 32>{}));
}

}  // namespace
}  // namespace cmos::syscalls

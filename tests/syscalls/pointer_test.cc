// No call reads or writes a byte outside the guest's memory, whatever its pointers and lengths, and
// a refused call has no effect at all (abi 2, CPE_ERROR_FAULT).
#include "tests/syscalls/guest.h"

namespace cmos::syscalls {
namespace {

struct BadRange {
  const char* what;
  std::uint64_t address, length;
};

/// Ranges that nothing may read.
std::vector<BadRange> unreadable_ranges(std::uint64_t mask) {
  return {
      {"null", 0, 1},
      {"end of the null page", 0xfff, 1},
      {"just below the image", kCode - 1, 1},
      {"straddling the image's start", kCode - 1, 2},
      {"straddling the image's end", kImageEnd - 1, 2},
      {"just above the image", kImageEnd, 1},
      {"the whole image and one more", kCode, kImageEnd - kCode + 1},
      {"an unmapped page", 0x1234'5000, 16},
      {"the last byte of the address space", mask, 1},
      {"wrapping to address 0", mask, 2},
      {"wrapping into the image", kVar, mask},
      {"wrapping to just before itself", kVar, mask - 1},
      {"length 2^32-1", kVar, 0xffff'ffff},
      {"length 2^31", kVar, 0x8000'0000},
      {"all of it", 0, mask},
      {"the heap before it exists", kHeap, 1},
  };
}

/// Ranges that nothing may write: those and read-only ones.
std::vector<BadRange> unwritable_ranges(std::uint64_t mask) {
  auto ranges = unreadable_ranges(mask);
  ranges.push_back({"code", kCode, 8});
  ranges.push_back({"constants", kConst, 8});
  ranges.push_back({"the last byte of the constants", kVar - 1, 1});
  ranges.push_back({"straddling constants and variables", kVar - 4, 8});
  return ranges;
}

TEST_P(EveryWidth, StdoutWithABadTextWritesNothing) {
  Guest guest(GetParam());
  for (const BadRange& bad : unreadable_ranges(guest.mask)) {
    EXPECT_EQ(guest.call("stdout", bad.address, bad.length, 0), kFaultValue) << bad.what;
  }
  EXPECT_TRUE(guest.console.writes().empty());
  EXPECT_EQ(guest.kernel->output_bytes(), 0u);
}

TEST_P(EveryWidth, StdoutWithABadColourWritesNothing) {
  Guest guest(GetParam());
  guest.poke(kVar, "hello");
  for (const std::uint64_t colour :
       {std::uint64_t{1}, std::uint64_t{0xffd}, kCode - 1, kImageEnd - 3, kImageEnd, guest.mask,
        guest.mask - 3, std::uint64_t{0x1234'5000}}) {
    EXPECT_EQ(guest.call("stdout", kVar, 5, colour), kFaultValue) << std::hex << colour;
    EXPECT_EQ(guest.call("stdout", kVar, 0, colour), kFaultValue) << std::hex << colour;
  }
  EXPECT_TRUE(guest.console.writes().empty());
}

TEST_P(EveryWidth, StdoutReadsUpToTheLastByte) {
  Guest guest(GetParam());
  guest.poke(kImageEnd - 4, "end.");
  EXPECT_EQ(guest.call("stdout", kImageEnd - 4, 4, kImageEnd - 4), 4);
  EXPECT_EQ(guest.console.output(), "end.");
}

TEST_P(EveryWidth, StdoutReadsAcrossRegionsAsOneText) {
  Guest guest(GetParam());
  guest.poke(kVar - 3, "abcdef");
  EXPECT_EQ(guest.call("stdout", kVar - 3, 6, 0), 6);
  ASSERT_EQ(guest.console.writes().size(), 1u);
  EXPECT_EQ(guest.console.output(), "abcdef");
}

TEST_P(EveryWidth, BuffersThatAreNotWritableStayAsTheyAre) {
  Guest guest(GetParam(), {.arguments = {"program", "argument"}});
  guest.poke(kVar, std::string(64, '~'));
  guest.poke(kImageEnd - 64, std::string(64, '~'));
  const std::string before = guest.all_bytes();
  for (const BadRange& bad : unwritable_ranges(guest.mask)) {
    EXPECT_EQ(guest.call("random", bad.address, bad.length), kFaultValue) << bad.what;
    EXPECT_EQ(guest.call("arguments", bad.address, bad.length), kFaultValue) << bad.what;
    if (bad.length <= 8) {
      EXPECT_EQ(guest.call("clock", 0, bad.address), kFaultValue) << bad.what;
    }
  }
  // The clock writes eight bytes: seven are not enough.
  EXPECT_EQ(guest.call("clock", 1, kImageEnd - 7), kFaultValue);
  EXPECT_EQ(guest.call("clock", 0, 0), kFaultValue);
  EXPECT_EQ(guest.call("clock", 0, guest.mask - 3), kFaultValue);
  EXPECT_EQ(guest.all_bytes(), before);
  EXPECT_EQ(guest.random.asked, 0);
}

TEST_P(EveryWidth, BuffersAreFilledUpToTheLastByteAndNoFurther) {
  Guest guest(GetParam());
  guest.poke(kImageEnd - 9, "~........");
  EXPECT_EQ(guest.call("clock", 1, kImageEnd - 8), 0);
  EXPECT_EQ(guest.peek(kImageEnd - 9, 9), "~\x88\x77\x66\x55\x44\x33\x22\x11");
  EXPECT_EQ(guest.call("random", kImageEnd - 2, 2), 2);
  EXPECT_EQ(guest.peek(kImageEnd - 3, 3), "\x33\x01\x02");
  // Across two pages, more than one chunk of the random source.
  EXPECT_EQ(guest.call("random", kVar, 2 * emu::kGuestPage), 2 * std::int64_t{emu::kGuestPage});
}

TEST_P(EveryWidth, LengthZeroTouchesNothingAndIsFineAnywhere) {
  Guest guest(GetParam(), {.arguments = {"p"}});
  for (const std::uint64_t address : {std::uint64_t{0}, kConst, kImageEnd, guest.mask}) {
    EXPECT_EQ(guest.call("stdout", address, 0, 0), 0);
    EXPECT_EQ(guest.call("random", address, 0), 0);
    EXPECT_EQ(guest.call("arguments", address, 0), 9);
  }
  EXPECT_TRUE(guest.console.writes().empty());
}

TEST(Pointers, RegistersAbove32BitsAreNotCutOn64BitMachines) {
  Guest guest(8);
  guest.poke(kVar, "hello");
  EXPECT_EQ(guest.call("stdout", kVar + (1ull << 32), 5, 0), kFaultValue);
  EXPECT_EQ(guest.call("stdout", kVar, 5 + (1ull << 32), 0), kFaultValue);
  EXPECT_EQ(guest.call("stdout", kVar, 5, 1ull << 32), kFaultValue);
  EXPECT_EQ(guest.call("clock", 1ull << 32, kVar), static_cast<std::int64_t>(Status::kInvalid));
  EXPECT_TRUE(guest.console.writes().empty());
}

INSTANTIATE_TEST_SUITE_P(Registers, EveryWidth, testing::Values(4u, 8u), width_name);

}  // namespace
}  // namespace cmos::syscalls

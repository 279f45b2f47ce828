#include "emu/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace cmos::emu {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kMega = 1ull << 20;
constexpr Permissions kReadWrite = kRead | kWrite;

std::vector<std::uint8_t> bytes_at(const GuestMemory& memory, std::uint64_t address,
                                   std::size_t count) {
  std::vector<std::uint8_t> out(count, 0xee);
  EXPECT_TRUE(memory.peek(address, out));
  return out;
}

struct Recorder : MemoryListener {
  std::vector<std::string> events;
  bool refuse = false;
  Result<void> on_map(const Region& region) override {
    if (refuse) return fail(ErrorCode::kLimit, "refused");
    events.push_back("map " + region.name);
    return {};
  }
  void on_unmap(const Region& region) override { events.push_back("unmap " + region.name); }
  Result<void> on_resize(const Region& old, const Region& now) override {
    if (refuse) return fail(ErrorCode::kLimit, "refused");
    events.push_back("resize " + std::to_string(old.size) + " " + std::to_string(now.size));
    return {};
  }
  void on_host_write(std::uint64_t address, std::uint64_t size) override {
    events.push_back("wrote " + std::to_string(address) + " " + std::to_string(size));
  }
};

TEST(GuestMemory, FreshMemoryIsZeroAndKeepsWhatIsWritten) {
  GuestMemory memory(64, kMega);
  ASSERT_TRUE(memory.map(0x10000, 0x2000, kReadWrite, "var"));
  EXPECT_THAT(bytes_at(memory, 0x11ffc, 4), ElementsAre(0, 0, 0, 0));
  const std::array<std::uint8_t, 3> data{1, 2, 3};
  EXPECT_TRUE(memory.write(0x10ffe, data));
  EXPECT_THAT(bytes_at(memory, 0x10ffd, 5), ElementsAre(0, 1, 2, 3, 0));
}

TEST(GuestMemory, CopiesAreAllOrNothingAtEveryEdge) {
  GuestMemory memory(64, kMega);
  ASSERT_TRUE(memory.map(0x10000, 0x1000, kReadWrite, "var"));
  const std::array<std::uint8_t, 4> data{1, 2, 3, 4};
  std::array<std::uint8_t, 4> out{9, 9, 9, 9};
  for (const std::uint64_t address :
       {0xfffdull, 0xffffull, 0x10ffdull, 0x11000ull, 0ull, ~0ull - 1, ~0ull}) {
    EXPECT_FALSE(memory.write(address, data)) << address;
    EXPECT_FALSE(memory.read(address, out)) << address;
    EXPECT_THAT(out, ElementsAre(9, 9, 9, 9));
  }
  EXPECT_THAT(bytes_at(memory, 0x10000, 2), ElementsAre(0, 0));
  EXPECT_THAT(bytes_at(memory, 0x10ffe, 2), ElementsAre(0, 0));
  EXPECT_TRUE(memory.write(0x10ffc, data));
  EXPECT_TRUE(memory.write(~0ull, Bytes{}));
}

TEST(GuestMemory, RangesMayCrossAdjacentRegionsWhenEachPermitsIt) {
  GuestMemory memory(64, kMega);
  ASSERT_TRUE(memory.map(0x10000, 0x1000, kReadWrite, "a"));
  ASSERT_TRUE(memory.map(0x11000, 0x1000, kReadWrite, "b"));
  ASSERT_TRUE(memory.map(0x12000, 0x1000, kRead, "c"));
  const std::array<std::uint8_t, 4> data{1, 2, 3, 4};
  EXPECT_TRUE(memory.write(0x10ffe, data));
  EXPECT_THAT(bytes_at(memory, 0x10ffe, 4), ElementsAre(1, 2, 3, 4));
  EXPECT_FALSE(memory.write(0x11ffe, data));
  EXPECT_THAT(bytes_at(memory, 0x11ffe, 2), ElementsAre(0, 0));
  EXPECT_TRUE(memory.poke(0x11ffe, data));
  EXPECT_TRUE(memory.view(0x10ffe, 2));
  EXPECT_FALSE(memory.view(0x10ffe, 4));
}

TEST(GuestMemory, LengthsUpToTheWholeAddressSpaceAreRefused) {
  GuestMemory memory(64, kMega);
  ASSERT_TRUE(memory.map(0x10000, 0x1000, kReadWrite, "var"));
  EXPECT_FALSE(memory.accessible(0x10000, ~0ull, kRead));
  EXPECT_FALSE(memory.accessible(0x10001, ~0ull, kRead));
  EXPECT_FALSE(memory.view(0x10001, ~0ull));
  EXPECT_TRUE(memory.accessible(0x10000, 0x1000, kRead));
  EXPECT_FALSE(memory.accessible(0x10000, 0x1001, kRead));
}

TEST(GuestMemory, TheTopOfTheAddressSpaceDoesNotWrap) {
  GuestMemory wide(64, kMega);
  ASSERT_TRUE(wide.map(~0ull << 12, 0x1000, kReadWrite, "top"));
  ASSERT_TRUE(wide.map(0, 0x1000, kReadWrite, "bottom"));
  EXPECT_TRUE(wide.accessible(~0ull, 1, kRead));
  EXPECT_FALSE(wide.accessible(~0ull, 2, kRead));
  EXPECT_FALSE(wide.map((~0ull << 12) - 0x1000, 0x3000, kRead, "wraps"));

  GuestMemory narrow(32, kMega);
  ASSERT_TRUE(narrow.map(0xfffff000, 0x1000, kReadWrite, "top"));
  EXPECT_FALSE(narrow.accessible(0xffffffff, 2, kRead));
  EXPECT_FALSE(narrow.map(0x1'0000'0000, 0x1000, kRead, "beyond"));
}

TEST(GuestMemory, OverlapsAndPartPagesAreRefused) {
  GuestMemory memory(64, kMega);
  ASSERT_TRUE(memory.map(0x10000, 0x2000, kRead, "a"));
  for (const auto& [base, size] :
       std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0x10000, 0x1000},
                                                            {0x11000, 0x1000},
                                                            {0xf000, 0x2000},
                                                            {0xf000, 0x8000},
                                                            {0x20001, 0x1000},
                                                            {0x20000, 1},
                                                            {0x20000, 0}})
    EXPECT_FALSE(memory.map(base, size, kRead, "b")) << base;
  EXPECT_EQ(memory.used(), 0x2000u);
  EXPECT_TRUE(memory.map(0xf000, 0x1000, kRead, "below"));
  EXPECT_TRUE(memory.map(0x12000, 0x1000, kRead, "above"));
}

TEST(GuestMemory, TheLimitCountsAllRegions) {
  GuestMemory memory(64, 0x4000);
  ASSERT_TRUE(memory.map(0x10000, 0x3000, kRead, "a"));
  EXPECT_EQ(memory.map(0x20000, 0x2000, kRead, "b").error().code, ErrorCode::kLimit);
  EXPECT_EQ(memory.map(0x20000, ~0xfffull - 0x20000, kRead, "b").error().code, ErrorCode::kLimit);
  EXPECT_TRUE(memory.map(0x20000, 0x1000, kRead, "b"));
  EXPECT_EQ(memory.resize(0x20000, 0x2000).error().code, ErrorCode::kLimit);
  ASSERT_TRUE(memory.resize(0x10000, 0));
  EXPECT_TRUE(memory.resize(0x20000, 0x4000));
  EXPECT_EQ(memory.used(), 0x4000u);
}

TEST(GuestMemory, GrowthKeepsContentAndZeroFillsEvenAfterShrinking) {
  GuestMemory memory(64, 64 * kMega);
  ASSERT_TRUE(memory.map(0x10000, 0x1000, kReadWrite, "heap"));
  const std::array<std::uint8_t, 2> data{7, 8};
  for (std::uint64_t size = 0x2000; size <= 3 * kMega; size += 0x1000) {
    ASSERT_TRUE(memory.resize(0x10000, size));
    EXPECT_THAT(bytes_at(memory, 0x10000 + size - 0x1000, 2), ElementsAre(0, 0));
    ASSERT_TRUE(memory.write(0x10000 + size - 0x1000, data));
  }
  for (std::uint64_t size = 0x2000; size <= 3 * kMega; size += 0x1000)
    ASSERT_THAT(bytes_at(memory, 0x10000 + size - 0x1000, 2), ElementsAre(7, 8));
  ASSERT_TRUE(memory.resize(0x10000, 0x2000));
  EXPECT_FALSE(memory.accessible(0x12000, 1, kRead));
  ASSERT_TRUE(memory.resize(0x10000, 0x4000));
  EXPECT_THAT(bytes_at(memory, 0x11000, 2), ElementsAre(7, 8));
  EXPECT_THAT(bytes_at(memory, 0x12000, 2), ElementsAre(0, 0));
}

TEST(GuestMemory, GrowthIntoAnotherRegionChangesNothing) {
  GuestMemory memory(64, kMega);
  ASSERT_TRUE(memory.map(0x10000, 0x1000, kReadWrite, "heap"));
  ASSERT_TRUE(memory.map(0x12000, 0x1000, kReadWrite, "stack"));
  EXPECT_TRUE(memory.resize(0x10000, 0x2000));
  EXPECT_EQ(memory.resize(0x10000, 0x3000).error().code, ErrorCode::kLimit);
  EXPECT_EQ(memory.find(0x10000)->size, 0x2000u);
  EXPECT_EQ(memory.used(), 0x3000u);
}

TEST(GuestMemory, TheListenerHearsOfEveryChange) {
  GuestMemory memory(64, kMega);
  Recorder recorder;
  ASSERT_TRUE(memory.map(0x10000, 0x1000, kRead | kExecute, "code"));
  ASSERT_TRUE(memory.set_listener(&recorder));
  ASSERT_TRUE(memory.map(0x20000, 0x1000, kReadWrite, "heap"));
  ASSERT_TRUE(memory.resize(0x20000, 0x2000));
  const std::array<std::uint8_t, 2> data{7, 8};
  EXPECT_TRUE(memory.poke(0x10004, data));
  EXPECT_TRUE(memory.poke(0x20004, data));  // not executable: of no interest
  ASSERT_TRUE(memory.resize(0x20000, 0));
  EXPECT_THAT(recorder.events, ElementsAre("map code", "map heap", "resize 4096 8192",
                                           "wrote 65540 2", "unmap heap"));
  recorder.refuse = true;
  EXPECT_FALSE(memory.map(0x30000, 0x1000, kRead, "refused"));
  EXPECT_EQ(memory.find(0x30000), nullptr);
  EXPECT_FALSE(memory.resize(0x10000, 0x2000));
  EXPECT_EQ(memory.find(0x10000)->size, 0x1000u);
  EXPECT_EQ(memory.used(), 0x1000u);
  memory.set_listener(nullptr);
}

TEST(GuestMemory, PiecesThatAreWrittenInPlaceAreAnnouncedToo) {
  GuestMemory memory(64, kMega);
  Recorder recorder;
  ASSERT_TRUE(memory.map(0x10000, 0x1000, kRead | kWrite | kExecute, "image"));
  ASSERT_TRUE(memory.set_listener(&recorder));
  recorder.events.clear();
  EXPECT_TRUE(memory.for_each_piece(0x10010, 3, kWrite,
                                    [](std::span<std::uint8_t> piece) { piece[0] = 1; }));
  EXPECT_TRUE(memory.for_each_piece(0x10010, 3, kRead, [](std::span<std::uint8_t>) {}));
  EXPECT_THAT(recorder.events, ElementsAre("wrote 65552 3"));
  memory.set_listener(nullptr);
}

TEST(GuestMemory, DescribesAddressesForPeople) {
  GuestMemory memory(32, kMega);
  ASSERT_TRUE(memory.map(0x10000, 0x1000, kReadWrite, "var"));
  ASSERT_TRUE(memory.map(0x40000, 0x1000, kReadWrite, "stack"));
  memory.name_hole(0x3f000, 0x1000, "stack guard");
  EXPECT_EQ(memory.describe(0x10010), "0x10 bytes into var");
  EXPECT_EQ(memory.describe(0x1100c), "12 bytes past the end of var");
  EXPECT_EQ(memory.describe(0xfff0), "16 bytes before var");
  EXPECT_EQ(memory.describe(0x3fff8), "0xff8 bytes into stack guard");
  EXPECT_EQ(memory.describe(0x3eff4), "12 bytes before stack guard");
  EXPECT_EQ(memory.describe(8), "the null page");
  EXPECT_EQ(memory.describe(0x900000), "unmapped");
  EXPECT_EQ(memory.describe(0x1'0000'0000), "outside the address space");
}

}  // namespace
}  // namespace cmos::emu

// Programs that use many pages, which the tuned engine serves by another table of pages than those
// that use few.
#include "tests/emu/guest.h"

namespace cmos::emu {
namespace {

constexpr std::uint64_t kPages = 0x1000000, kPage = 0x1000, kMany = 1000, kFar = 1ull << 32;

/// One instruction that stores `value`, or loads, at `address`; a system call; and a loop that
/// stores `value` to one page after the other and counts it down to 0.
struct Stepper {
  std::string name;
  const Isa* isa;
  std::string_view address, value;
  std::vector<std::uint8_t> store, load, loop, call;
  std::vector<std::uint8_t> answer;  ///< returns 1, by a word of its own
  std::size_t word;                  ///< where that is
  std::uint32_t two;                 ///< makes it return 2
};

const std::array<Stepper, 4> kSteppers{
    Stepper{"x86_64",
            &kX8664,
            "rdi",
            "rcx",
            {0x89, 0x0f},
            {0x8b, 0x17},
            {0x48, 0x81, 0xc7, 0, 0x10, 0, 0, 0xff, 0xc9, 0x75, 0xf3},
            {0x0f, 0x05},
            {0xb8, 1, 0, 0, 0},
            1,
            2},
    Stepper{"x86",
            &kX86,
            "edi",
            "ecx",
            {0x89, 0x0f},
            {0x8b, 0x17},
            {0x81, 0xc7, 0, 0x10, 0, 0, 0xff, 0xc9, 0x75, 0xf4},
            {0xcd, 0x80},
            {0xb8, 1, 0, 0, 0},
            1,
            2},
    Stepper{"arm",
            &kArm,
            "r0",
            "r1",
            {0x00, 0x10, 0x80, 0xe5},
            {0x00, 0x20, 0x90, 0xe5},
            {0x01, 0x0a, 0x80, 0xe2, 0x01, 0x10, 0x51, 0xe2, 0xfb, 0xff, 0xff, 0x1a},
            {0, 0, 0, 0xef},
            {0x01, 0x00, 0xa0, 0xe3},
            0,
            0xe3a00002},
    Stepper{"arm64",
            &kArm64,
            "x0",
            "x1",
            {0x01, 0x00, 0x00, 0xb9},
            {0x02, 0x00, 0x40, 0xb9},
            {0x00, 0x04, 0x40, 0x91, 0x21, 0x04, 0x00, 0x71, 0xa1, 0xff, 0xff, 0x54},
            {0x01, 0x00, 0x00, 0xd4},
            {0x20, 0x00, 0x80, 0x52},
            0,
            0x52800040}};

std::vector<std::uint8_t> joined(std::initializer_list<std::vector<std::uint8_t>> parts) {
  std::vector<std::uint8_t> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

class ManyPages : public testing::TestWithParam<Stepper> {
 protected:
  static constexpr std::uint64_t kLoop = kCode, kStore = kCode + 0x1000, kLoad = kCode + 0x2000,
                                 kAnswer = kCode + 0x3000;

  void SetUp() override {
    const Stepper& is = GetParam();
    EXPECT_TRUE(guest.memory.poke(kLoop, joined({is.store, is.loop, is.call})));
    EXPECT_TRUE(guest.memory.poke(kStore, joined({is.store, is.call})));
    EXPECT_TRUE(guest.memory.poke(kLoad, joined({is.load, is.call})));
    EXPECT_TRUE(guest.memory.poke(kAnswer, joined({is.answer, is.call})));
    EXPECT_TRUE(guest.memory.map(kPages, kMany * kPage, kRead | kWrite, "pages"));
    expect_stores(kPages, kMany);
  }

  Stop run(std::uint64_t code, std::uint64_t address, std::uint64_t value = 1) {
    guest.engine->jump(code);
    guest.set(GetParam().address, address);
    guest.set(GetParam().value, value);
    return guest.run();
  }

  void expect_stores(std::uint64_t first, std::uint64_t count) {
    ASSERT_EQ(run(kLoop, first, count).reason, StopReason::kSyscall);
    for (std::uint64_t i = 0; i < count; ++i)
      ASSERT_EQ(guest.load(first + i * kPage, 4), count - i) << i;
  }

  void expect_fault(const Stop& stop, std::uint64_t address, Access access) {
    ASSERT_EQ(stop.reason, StopReason::kFault);
    EXPECT_EQ(stop.fault.address, address);
    EXPECT_EQ(stop.fault.access, access);
  }

  std::uint64_t answer() {
    EXPECT_EQ(run(kAnswer, 0).reason, StopReason::kSyscall);
    return guest.engine->read_register(GetParam().isa->result) & 0xff;
  }

  Guest guest{*GetParam().isa, {}};
};

TEST_P(ManyPages, AreAllStoredTo) {
  expect_stores(kPages, kMany);
  expect_stores(kPages + 4, kMany);
}

TEST_P(ManyPages, EndAtTheFirstPageThatIsNotThere) {
  expect_fault(run(kLoop, kPages + 8, kMany + 5), kPages + kMany * kPage + 8, Access::kWrite);
  EXPECT_EQ(guest.load(kPages + (kMany - 1) * kPage + 8, 4), 6u);
}

TEST_P(ManyPages, DoNotMakeTheFirstPageAppear) {
  for (const std::uint64_t address : {0x0ull, 0x8ull, 0xffcull}) {
    expect_fault(run(kLoad, address), address, Access::kRead);
    expect_fault(run(kStore, address), address, Access::kWrite);
  }
  expect_stores(kPages, kMany);
  expect_fault(run(kLoad, 0), 0, Access::kRead);
}

TEST_P(ManyPages, DoNotMakeTheFirstPageAppearBehindTheLast) {
  for (const std::uint64_t last : {0xffff'ffffull, ~0ull}) {
    for (const std::uint64_t before : {0ull, 1ull, 2ull}) {
      EXPECT_EQ(run(kLoad, last - before).reason, StopReason::kFault);
      EXPECT_EQ(run(kStore, last - before).reason, StopReason::kFault);
    }
  }
}

TEST_P(ManyPages, KeepTheirPermissions) {
  const std::uint64_t constant = kPages + kMany * kPage;
  ASSERT_TRUE(guest.memory.map(constant, kPage, kRead, "constant"));
  EXPECT_EQ(run(kLoad, constant).reason, StopReason::kSyscall);
  expect_fault(run(kStore, constant), constant, Access::kWrite);
  expect_fault(run(kLoop, kPages, kMany + 1), constant, Access::kWrite);
}

TEST_P(ManyPages, AreGoneWhenTheyAreUnmapped) {
  ASSERT_TRUE(guest.memory.resize(kPages, 0));
  expect_fault(run(kLoad, kPages + 7 * kPage), kPages + 7 * kPage, Access::kRead);
  expect_fault(run(kStore, kPages), kPages, Access::kWrite);
  ASSERT_TRUE(guest.memory.map(kPages, kMany * kPage, kRead | kWrite, "others"));
  EXPECT_EQ(guest.load(kPages, 4), 0u);
  expect_stores(kPages, kMany);
}

TEST_P(ManyPages, LetFewerPagesGoBetweenTwoRuns) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    const std::uint64_t base = kPages + (kMany + i) * kPage;
    ASSERT_TRUE(guest.memory.map(base, kPage, kRead | kWrite, "one"));
    EXPECT_EQ(run(kStore, base, i).reason, StopReason::kSyscall);
    EXPECT_EQ(guest.load(base, 4), i);
    ASSERT_TRUE(guest.memory.resize(base, 0));
    expect_fault(run(kStore, base, i), base, Access::kWrite);
  }
}

TEST_P(ManyPages, MayHoldCodeThatChanges) {
  EXPECT_EQ(answer(), 1u);
  EXPECT_EQ(run(kStore, kAnswer + GetParam().word, GetParam().two).reason, StopReason::kSyscall);
  EXPECT_EQ(answer(), 2u);
}

TEST_P(ManyPages, MayLieBeyondTheFirst4GiB) {
  if (GetParam().isa->cpu.pointer_bytes() != 8) return;
  ASSERT_TRUE(guest.memory.map(kFar + kPages, kMany * kPage, kRead | kWrite, "far"));
  expect_stores(kFar + kPages, kMany);
  expect_stores(kPages, kMany / 2);
  EXPECT_EQ(guest.load(kFar + kPages, 4), kMany);
  expect_fault(run(kLoad, kFar), kFar, Access::kRead);
  expect_fault(run(kLoad, 0), 0, Access::kRead);
}

INSTANTIATE_TEST_SUITE_P(Cpus, ManyPages, testing::ValuesIn(kSteppers),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace cmos::emu

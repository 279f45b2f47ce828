// A translation buffer that fills up again and again: the smallest there is (1 MiB), and programs
// of many short blocks. What was translated is thrown away then, while blocks are chained, change
// each other, or are stepped over. None of this may show, in the results or in the count.
#include "tests/emu/guest.h"

namespace cmos::emu {
namespace {

constexpr std::uint64_t kSmallest = 1 << 20, kFiller = 0x800000;
constexpr unsigned kWindow = 250, kWindows = 32;

/// Code of one ISA: a block that adds 1 to a register and jumps to what follows it, and a trap.
struct Filler {
  const Isa* isa;
  bool thumb;
  const char* counter;
  std::vector<std::uint8_t> block, trap;

  std::uint64_t window_bytes() const { return kWindow * block.size() + trap.size(); }
  std::uint64_t window(unsigned index) const { return kFiller + index * window_bytes(); }

  friend void PrintTo(const Filler& filler, std::ostream* out) {
    *out << filler.isa->arch << (filler.thumb ? " thumb" : "");
  }
};

const std::vector<Filler>& fillers() {
  static const std::vector<Filler> all{
      {&kX8664, false, "rbx", {0xff, 0xc3, 0xeb, 0x00}, {0xcd, 0x80}},
      {&kX86, false, "ebx", {0xff, 0xc3, 0xeb, 0x00}, {0xcd, 0x80}},
      {&kArm, false, "r10", {0x01, 0xa0, 0x8a, 0xe2, 0xff, 0xff, 0xff, 0xea}, {0, 0, 0, 0xef}},
      {&kArm, true, "r3", {0x01, 0x33, 0xff, 0xe7}, {0x00, 0xdf}},
      {&kArm64, false, "x20", {0x94, 0x06, 0, 0x91, 0x01, 0, 0, 0x14}, {0x01, 0, 0, 0xd4}}};
  return all;
}

class SmallBuffer : public testing::TestWithParam<Filler> {
 protected:
  /// A guest with the windows, each of kWindow blocks and a trap, and `code` at kCode.
  static std::unique_ptr<Guest> guest(std::vector<std::uint8_t> code, bool counted) {
    const Filler& filler = GetParam();
    auto made = std::make_unique<Guest>(
        *filler.isa, std::move(code),
        GuestOptions{.engine = {.count_instructions = counted, .translation_buffer = kSmallest}});
    std::vector<std::uint8_t> bytes;
    for (unsigned window = 0; window < kWindows; ++window) {
      for (unsigned i = 0; i < kWindow; ++i)
        bytes.insert(bytes.end(), filler.block.begin(), filler.block.end());
      bytes.insert(bytes.end(), filler.trap.begin(), filler.trap.end());
    }
    EXPECT_TRUE(made->memory.map(kFiller, 0x20000, kRead | kWrite | kExecute, "filler"));
    EXPECT_TRUE(made->memory.poke(kFiller, bytes));
    return made;
  }
  static void enter(Guest& guest, unsigned window) {
    guest.set(GetParam().counter, 0);
    guest.engine->jump(GetParam().window(window) | (GetParam().thumb ? 1 : 0));
  }
};

TEST_P(SmallBuffer, ChainedBlocksRunToTheirEnd) {
  for (const bool counted : {false, true}) {
    const auto small = guest({}, counted);
    for (unsigned round = 0; round < 3 * kWindows; ++round) {
      enter(*small, round % kWindows);
      const std::uint64_t before = small->engine->instructions();
      ASSERT_EQ(small->run().reason, StopReason::kSyscall) << "window " << round;
      ASSERT_EQ(small->reg(GetParam().counter), kWindow) << "window " << round;
      ASSERT_EQ(small->engine->instructions() - before, counted ? 2 * kWindow + 1 : 0)
          << "window " << round;
    }
  }
}

TEST_P(SmallBuffer, StepsAreOneInstructionLong) {
  const auto small = guest({}, false);
  for (unsigned window = 0; window < kWindows; ++window) {
    enter(*small, window);
    for (unsigned i = 0; i < 2 * kWindow; ++i) {
      const std::uint64_t at = small->pc();
      ASSERT_EQ(small->engine->step().reason, StopReason::kBudget);
      const std::uint64_t size = small->pc() - at;
      ASSERT_TRUE(size > 0 && size < GetParam().block.size()) << size << " at " << at;
    }
    ASSERT_EQ(small->reg(GetParam().counter), kWindow);
  }
}

TEST_P(SmallBuffer, BudgetsEndWhereTheyShould) {
  if (!kTuned) GTEST_SKIP() << "the plain build takes minutes for budgets of single instructions";
  const auto small = guest({}, true);
  for (unsigned window = 0; window < kWindows; ++window) {
    enter(*small, window);
    for (unsigned done = 0; done < 2 * kWindow;) {
      const unsigned budget = std::min(1 + (done + window) % 40, 2 * kWindow - done);
      ASSERT_EQ(small->run(budget).reason, StopReason::kBudget);
      done += budget;
      ASSERT_EQ(small->reg(GetParam().counter), (done + 1) / 2);
    }
  }
}

// The programs of code_test.cc, which write twenty versions of a function each, between windows:
// their blocks are thrown away and made again, and stores reach pages whose code is gone.
TEST_P(SmallBuffer, CodeThatChangesRunsInItsNewestVersion) {
  for (const Program& program : all_programs()) {
    if (program.isa != GetParam().isa || program.thumb != GetParam().thumb) continue;
    if (program.name.rfind("smc_other", 0) != 0) continue;
    const auto small = guest(program.code, true);
    const std::string_view sum = program.isa == &kX8664 ? "rbx"
                                 : program.isa == &kX86 ? "ebx"
                                 : program.isa == &kArm ? "r1"
                                                        : "x1";
    for (unsigned round = 0; round < kWindows; ++round) {
      enter(*small, round);
      ASSERT_EQ(small->run().reason, StopReason::kSyscall);
      ASSERT_EQ(small->reg(GetParam().counter), kWindow);
      small->set(sum, 0);
      small->engine->jump(kCode | (program.thumb ? 1 : 0));
      const Stop stop = small->run();
      ASSERT_EQ(stop.reason, StopReason::kSyscall) << program.name << stop.fault.detail;
      ASSERT_EQ(small->reg(sum), 210u) << program.name << " in round " << round;
    }
  }
}

TEST_P(SmallBuffer, TheHostMayWriteIntoEveryPageOfCode) {
  const auto small = guest({}, false);
  const Filler& filler = GetParam();
  for (unsigned round = 0; round < 2 * kWindows; ++round) {
    const unsigned window = round % kWindows;
    ASSERT_TRUE(small->memory.write(filler.window(round * 7 % kWindows), filler.block));
    enter(*small, window);
    ASSERT_EQ(small->run().reason, StopReason::kSyscall);
    ASSERT_EQ(small->reg(filler.counter), kWindow) << "window " << window;
  }
}

INSTANTIATE_TEST_SUITE_P(Isas, SmallBuffer, testing::ValuesIn(fillers()));

// mov ecx, 3; rep stosb; inc ebx: an iteration is a block of its own, and counted only once.
TEST(SmallBufferX86, RepeatedInstructionsAreCountedOnce) {
  if (!kTuned) GTEST_SKIP() << "the plain build counts with a hook";
  constexpr unsigned kBlocks = 4000;
  const std::vector<std::uint8_t> block{0xb9, 3, 0, 0, 0, 0xf3, 0xaa, 0xff, 0xc3};
  for (const Isa* isa : {&kX8664, &kX86}) {
    std::vector<std::uint8_t> code;
    for (unsigned i = 0; i < kBlocks; ++i) code.insert(code.end(), block.begin(), block.end());
    code.insert(code.end(), {0xcd, 0x80});
    Guest guest(*isa, code,
                {.engine = {.count_instructions = true, .translation_buffer = kSmallest}});
    guest.set(isa == &kX8664 ? "rdi" : "edi", kData);
    ASSERT_EQ(guest.run().reason, StopReason::kSyscall);
    EXPECT_EQ(guest.reg(isa == &kX8664 ? "rbx" : "ebx"), kBlocks);
    EXPECT_EQ(guest.engine->instructions(), 3 * kBlocks + 1) << isa->arch;
  }
}

}  // namespace
}  // namespace cmos::emu

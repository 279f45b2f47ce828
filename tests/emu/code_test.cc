// Code that changes, and code that must not run.
#include <cstring>

#include "tests/emu/guest.h"

namespace cmos::emu {
namespace {

std::vector<Program> self_modifying() {
  std::vector<Program> found;
  for (const Program& candidate : all_programs())
    if (candidate.name.rfind("smc_other", 0) == 0) found.push_back(candidate);
  return found;
}

class SelfModifying : public testing::TestWithParam<Program> {};

// Each writes twenty versions of a function that returns 20, 19 … 1 and adds up what they return.
TEST_P(SelfModifying, CodeRunsInItsNewestVersion) {
  for (const bool counted : {false, true}) {
    Guest guest(GetParam(), {.engine = {.count_instructions = counted}});
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kSyscall) << stop.fault.detail << " " << stop.fault.pc;
    const Isa* isa = GetParam().isa;
    EXPECT_EQ(guest.reg(isa == &kX8664 ? "rbx"
                        : isa == &kX86 ? "ebx"
                        : isa == &kArm ? "r1"
                                       : "x1"),
              210u);
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, SelfModifying, testing::ValuesIn(self_modifying()));

TEST(SelfModifyingX86, CodeMayChangeTheNextInstruction) {
  for (const Isa* isa : {&kX8664, &kX86}) {
    Guest guest(program("smc_same_block", *isa), {.engine = {.count_instructions = true}});
    ASSERT_EQ(guest.run().reason, StopReason::kSyscall);
    EXPECT_EQ(guest.reg(isa == &kX8664 ? "rax" : "eax") & 0xff, 2u);
    if (kTuned) {
      EXPECT_EQ(guest.engine->instructions(), 3u);
    }
  }
}

struct Immediate {
  const Isa* isa;
  std::vector<std::uint8_t> one, two;  // result = 1 or 2, then a system call
};

const std::vector<Immediate>& immediates() {
  static const std::vector<Immediate> all{
      {&kX8664, {0xb8, 1, 0, 0, 0, 0xcd, 0x80}, {0xb8, 2, 0, 0, 0, 0xcd, 0x80}},
      {&kX86, {0xb8, 1, 0, 0, 0, 0xcd, 0x80}, {0xb8, 2, 0, 0, 0, 0xcd, 0x80}},
      {&kArm, {1, 0, 0xa0, 0xe3, 0, 0, 0, 0xef}, {2, 0, 0xa0, 0xe3, 0, 0, 0, 0xef}},
      {&kArm64, {0x20, 0, 0x80, 0xd2, 1, 0, 0, 0xd4}, {0x40, 0, 0x80, 0xd2, 1, 0, 0, 0xd4}}};
  return all;
}

TEST(HostWrites, ReplaceCodeThatHasRun) {
  for (const Immediate& test : immediates()) {
    Guest guest(*test.isa, test.one);
    for (int round = 0; round < 3; ++round)
      for (const auto* code : {&test.one, &test.two}) {
        ASSERT_TRUE(guest.memory.write(kCode, *code));
        guest.engine->jump(kCode);
        ASSERT_EQ(guest.run().reason, StopReason::kSyscall);
        EXPECT_EQ(guest.engine->read_register(test.isa->result), code == &test.one ? 1u : 2u)
            << test.isa->arch;
      }
  }
}

TEST(HostWrites, ReachCodeAfterARegionWasRemovedAndMappedAgain) {
  for (const Immediate& test : immediates()) {
    Guest guest(*test.isa, test.one);
    ASSERT_EQ(guest.run().reason, StopReason::kSyscall);
    ASSERT_TRUE(guest.memory.resize(kCode, 0));
    guest.engine->jump(kCode);
    const Stop gone = guest.run();
    ASSERT_EQ(gone.reason, StopReason::kFault);
    EXPECT_EQ(gone.fault.access, Access::kExecute);
    ASSERT_TRUE(guest.memory.map(kCode, 0x1000, kRead | kExecute, "code"));
    ASSERT_TRUE(guest.memory.poke(kCode, test.two));
    guest.engine->jump(kCode);
    ASSERT_EQ(guest.run().reason, StopReason::kSyscall) << test.isa->arch;
    EXPECT_EQ(guest.engine->read_register(test.isa->result), 2u) << test.isa->arch;
  }
}

TEST(Permissions, HoldAfterOtherAccessesToThePage) {
  // mov eax, [rdi]; mov [rdi], eax: a load may not open the page for stores.
  Guest constant(kX8664, {0x8b, 0x07, 0xff, 0xc0, 0x89, 0x07});
  ASSERT_TRUE(constant.memory.map(0x700000, 0x1000, kRead, "const"));
  constant.set("rdi", 0x700000);
  Stop stop = constant.run();
  EXPECT_EQ(stop.fault.access, Access::kWrite);
  EXPECT_EQ(constant.load(0x700000, 4), 0u);

  // mov eax, [rdi]; jmp rdi: nor for execution.
  Guest data(kX8664, {0x8b, 0x07, 0xff, 0xe7});
  data.set("rdi", kData);
  stop = data.run();
  EXPECT_EQ(stop.fault.access, Access::kExecute);
  EXPECT_EQ(stop.fault.pc, kData);

  // mov eax, [rip-6]: code without read permission is not readable, though it has been fetched.
  Guest code(kX8664, {0x90, 0x8b, 0x05, 0xfa, 0xff, 0xff, 0xff}, {.code = kExecute, .engine = {}});
  stop = code.run();
  ASSERT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.access, Access::kRead);
}

struct Avx {
  const char* name;
  const Isa* isa;
  std::vector<std::uint8_t> code;

  friend void PrintTo(const Avx& test, std::ostream* out) {
    *out << test.isa->arch << " " << test.name;
  }
};

class VectorExtensions : public testing::TestWithParam<Avx> {};

TEST_P(VectorExtensions, AreRefusedWhereTheyStand) {
  std::vector<std::uint8_t> code{0xff, 0xc3, 0xb9, 0xc5, 0xf8,
                                 0x58, 0xc1, 0xff, 0xc3};  // inc ebx; mov ecx, 0xc158f8c5; inc ebx
  const std::uint64_t at = kCode + code.size();
  code.insert(code.end(), GetParam().code.begin(), GetParam().code.end());
  code.insert(code.end(), {0xff, 0xc3, 0xcd, 0x80});
  Guest guest(*GetParam().isa, code);
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.kind, FaultKind::kIllegalInstruction);
  EXPECT_NE(stop.fault.detail, "undefined instruction");  // but by its name
  EXPECT_EQ(stop.fault.pc, at);
  EXPECT_EQ(guest.pc(), at);
  EXPECT_EQ(guest.reg(GetParam().isa == &kX8664 ? "rbx" : "ebx"), 2u);
}

TEST(NewerInstructions, AreRefusedByTheirNames) {
  if (!kTuned) GTEST_SKIP() << "the plain library has its own idea of what there is";
  const std::vector<std::pair<std::vector<std::uint8_t>, const char*>> cases{
      {{0xc4, 0xe2, 0x70, 0xf2, 0xc2}, "andn instruction of BMI1"},
      {{0xc4, 0xe2, 0x68, 0xf7, 0xc1}, "bextr instruction of BMI1"},
      {{0xc4, 0xe2, 0x73, 0xf5, 0xc2}, "pdep instruction of BMI2"},
      {{0xc4, 0xe2, 0x71, 0xb8, 0xc2}, "FMA instruction"},
      {{0xc5, 0xf0, 0x58, 0xc2}, "VEX-encoded (AVX) instruction"},
      {{0x62, 0xf1, 0x74, 0x48, 0x58, 0xc2}, "EVEX-encoded (AVX-512) instruction"},
      {{0x66, 0x0f, 0x38, 0xf6, 0xc1}, "adcx instruction of ADX"},
      {{0x0f, 0x38, 0xcc, 0xc1}, "sha256msg1 instruction of SHA"},
      {{0x0f, 0xc7, 0xf0}, "rdrand instruction of RDRAND"},
      {{0x0f, 0x01, 0xf9}, "rdtscp instruction of RDTSCP"},
      {{0x0f, 0xae, 0x21}, "xsave instruction of XSAVE"},
      {{0x0f, 0x0b}, "ud2"},
  };
  for (const Isa* isa : {&kX8664, &kX86})
    for (const auto& [code, name] : cases) {
      Guest guest(*isa, code);
      const Stop stop = guest.run();
      EXPECT_EQ(stop.fault.kind, FaultKind::kIllegalInstruction) << isa->arch << " " << name;
      EXPECT_EQ(stop.fault.detail, name) << isa->arch;
    }
}

TEST(NewerInstructions, OfArmAreRefusedByTheirNames) {
  const struct {
    const Isa* isa;
    std::uint32_t word;  ///< in Thumb, the first halfword is the lower one
    const char* name;
    bool thumb = false;
  } rows[] = {
      {&kArm64, 0xb8e10020, "ldaddal instruction of LSE"},
      {&kArm64, 0x08a17c02, "casb instruction of LSE"},
      {&kArm64, 0x4e829420, "sdot instruction of DotProd"},
      {&kArm64, 0x1ee22820, "fadd instruction of FP16"},
      {&kArm64, 0xd65f0bff, "retaa instruction of PAuth"},
      {&kArm64, 0x2518e3e0, "instruction of SVE"},
      {&kApple, 0x2518e3e0, "instruction of SVE"},
      {&kArm64, 0xd5380000, "mrs of an undefined or privileged register"},
      {&kArm64, 0xd4000002, "hvc, a privileged instruction"},
      {&kArm64, 0x00000000, "udf"},
      {&kArm, 0xe1010042, "crc32b instruction of CRC32"},
      {&kArm, 0xe1910c9f, "lda instruction of ARMv8"},
      {&kArm, 0xf3b00302, "aese instruction of AES"},
      {&kArm, 0xe1600070, "smc, a privileged instruction"},
      {&kArm, 0xee110f10, "mrc of an undefined or privileged register"},
      {&kArm, 0xe7f000f0, "udf"},
      {&kArm, 0xf082fac1, "crc32b instruction of CRC32", true},
      {&kArm, 0x0302ffb0, "aese instruction of AES", true},
      {&kArm, 0x0000de01, "udf", true},
      {&kArm, 0xffffffff, "undefined or privileged instruction"},
  };
  for (const auto& row : rows) {
    std::vector<std::uint8_t> code(sizeof row.word);
    std::memcpy(code.data(), &row.word, code.size());
    Guest guest(*row.isa, code);
    guest.engine->jump(kCode | (row.thumb ? 1 : 0));
    const Stop stop = guest.run();
    EXPECT_EQ(stop.fault.kind, FaultKind::kIllegalInstruction) << row.name;
    EXPECT_EQ(stop.fault.detail, row.name) << row.isa->arch << std::hex << " " << row.word;
  }
}

TEST(RandomNumbers, AreRefusedForRunsToRepeat) {
  if (!kTuned) GTEST_SKIP() << "the plain library makes some for APPL";
  Guest guest(kApple, {0x00, 0x24, 0x3b, 0xd5});  // mrs x0, rndr
  EXPECT_EQ(guest.run().fault.detail, "mrs instruction of RNG");
}

TEST(UndefinedNeon, IsNotExecuted) {
  if (!kTuned) GTEST_SKIP() << "the plain library executes it";
  const struct {
    std::vector<std::uint8_t> code;
    unsigned state;  ///< 1 in Thumb
  } rows[] = {
      {{0xb8, 0xfd, 0x6a, 0xf3}, 0},  // vmul of floats, of a size that there is not
      {{0x21, 0x2d, 0xab, 0xf3}, 0},  // vqdmull without signs
      {{0x6a, 0xff, 0xb8, 0xfd}, 1},
      {{0xab, 0xff, 0x21, 0x2d}, 1},
  };
  for (const auto& row : rows) {
    Guest guest(kArm, row.code);
    guest.engine->jump(kCode | row.state);
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kFault);
    EXPECT_EQ(stop.fault.kind, FaultKind::kIllegalInstruction);
    EXPECT_EQ(stop.fault.pc, kCode);
  }
}

TEST(FixedPoint, BecomesTheNearestFloatWhateverTheModeOfRounding) {
  if (!kTuned) GTEST_SKIP() << "the plain library rounds as FPSCR says";
  const struct {
    std::vector<std::uint8_t> code;
    unsigned state;  ///< 1 in Thumb
  } rows[] = {
      // mov r0, #0x400000; vmsr fpscr, r0; vmov s4, r1; vcvt.f32.s32 s4, s4, #20; vmov r2, s4
      {{0x01, 0x05, 0xa0, 0xe3, 0x10, 0x0a, 0xe1, 0xee, 0x10, 0x1a, 0x02, 0xee,
        0xc6, 0x2a, 0xba, 0xee, 0x10, 0x2a, 0x12, 0xee, 0xf0, 0,    0xf0, 0xe7},
       0},
      // the same of vcvt.f32.u32, in Thumb
      {{0x4f, 0xf4, 0x80, 0x00, 0xe1, 0xee, 0x10, 0x0a, 0x02, 0xee, 0x10,
        0x1a, 0xbb, 0xee, 0xc6, 0x2a, 0x12, 0xee, 0x10, 0x2a, 0x00, 0xde},
       1},
  };
  for (const auto& row : rows) {
    Guest guest(kArm, row.code);
    guest.set("r1", 0x100'0001);
    guest.engine->jump(kCode | row.state);
    guest.run();
    EXPECT_EQ(guest.reg("r2"), 0x4180'0000u);
  }
}

TEST(RepeatPrefixes, TheLastOneCounts) {
  if (!kTuned) GTEST_SKIP() << "the plain library prefers F2";
  const struct {
    std::vector<std::uint8_t> code;
    std::uint64_t left;  ///< of three comparisons of equal bytes
  } rows[] = {{{0xf2, 0xf3, 0xa6, 0x0f, 0x0b}, 0}, {{0xf3, 0xf2, 0xa6, 0x0f, 0x0b}, 2}};
  for (const auto& row : rows) {
    Guest guest(kX8664, row.code);
    guest.set("rcx", 3);
    guest.set("rsi", kData);
    guest.set("rdi", kData + 16);
    guest.run();
    EXPECT_EQ(guest.reg("rcx"), row.left);
  }
}

INSTANTIATE_TEST_SUITE_P(
    X86, VectorExtensions,
    testing::Values(Avx{"vaddps xmm", &kX8664, {0xc5, 0xf0, 0x58, 0xc2}},
                    Avx{"vaddps ymm", &kX8664, {0xc5, 0xf4, 0x58, 0xc2}},
                    Avx{"vpshufb", &kX8664, {0xc4, 0xe2, 0x71, 0x00, 0xc2}},
                    Avx{"vfmadd", &kX8664, {0xc4, 0xe2, 0xf1, 0x98, 0xc2}},
                    Avx{"andn", &kX8664, {0xc4, 0xe2, 0x70, 0xf2, 0xc2}},
                    Avx{"vmovaps zmm", &kX8664, {0x62, 0xf1, 0x7c, 0x48, 0x28, 0xc1}},
                    Avx{"vaddps xmm", &kX86, {0xc5, 0xf0, 0x58, 0xc2}},
                    Avx{"vzeroupper", &kX86, {0xc5, 0xf8, 0x77}}));

TEST(VectorExtensionsInOperands, AreNotMistakenInOperands) {
  // mov eax, 0xc4c5c4c5; mov edx, eax; ror edx, 0xc4; int 0x80
  Guest guest(kX8664,
              {0xb8, 0xc5, 0xc4, 0xc5, 0xc4, 0x89, 0xc2, 0xc1, 0xca, 0xc4, 0x90, 0xcd, 0x80});
  const Stop stop = guest.run();
  EXPECT_EQ(stop.reason, StopReason::kSyscall) << stop.fault.detail;
  EXPECT_EQ(guest.reg("rax"), 0xc4c5c4c5u);
}

TEST(Baseline, PopulationCountAndByteSwapsAreRight) {
  // popcnt rax, rcx; movbe edx, [rsp]; movbe [rsp+8], rcx; popcnt ebx, [rsp+8]; int 0x80
  Guest guest(kX8664, {0xf3, 0x48, 0x0f, 0xb8, 0xc1, 0x0f, 0x38, 0xf0, 0x14, 0x24, 0x48, 0x0f, 0x38,
                       0xf1, 0x4c, 0x24, 0x08, 0xf3, 0x0f, 0xb8, 0x5c, 0x24, 0x08, 0xcd, 0x80});
  const std::array<std::uint8_t, 4> bytes{1, 2, 3, 4};
  ASSERT_TRUE(guest.memory.poke(kStack + 0x8000, bytes));
  guest.set("rcx", 0xf0f0'0000'1234'00ff);
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kSyscall) << stop.fault.detail;
  EXPECT_EQ(guest.reg("rax"), 8u + 5 + 8);
  EXPECT_EQ(guest.reg("rdx"), 0x01020304u);
  EXPECT_EQ(guest.load(kStack + 0x8008, 8), 0xff00'3412'0000'f0f0u);
  EXPECT_EQ(guest.reg("rbx"), 8u);
}

}  // namespace
}  // namespace cmos::emu

// Results of x86 instructions that the library alone gets wrong, or reads and writes behind its own
// state for. What else is compared with a real CPU is in tests/cpu.
#include <array>
#include <cstring>

#include "tests/emu/guest.h"

namespace cmos::emu {
namespace {

class X86Results : public testing::Test {
 protected:
  void SetUp() override {
    if (!kTuned) GTEST_SKIP() << "the plain build computes as the library does";
  }
  /// The guest after `code` and a ud2.
  static std::unique_ptr<Guest> after(const Isa& isa, std::vector<std::uint8_t> code) {
    const std::size_t size = code.size();
    code.insert(code.end(), {0x0f, 0x0b});
    auto guest = std::make_unique<Guest>(isa, std::move(code));
    EXPECT_EQ(guest->run().fault.pc, kCode + size);
    return guest;
  }
};

TEST_F(X86Results, AComparisonOfStringsOfMostNegativeLengthStaysInItsOperands) {
  for (const Isa* isa : {&kX8664, &kX86}) {
    // mov eax, 0x80000000; mov edx, eax; pcmpestrm xmm0, xmm0, 0; movd ecx, xmm0
    const auto guest = after(*isa, {0xb8, 0, 0, 0, 0x80, 0x89, 0xc2, 0x66, 0x0f, 0x3a, 0x60, 0xc0,
                                    0, 0x66, 0x0f, 0x7e, 0xc1});
    EXPECT_EQ(guest->reg(isa == &kX8664 ? "rcx" : "ecx"), 0xffffu);
  }
}

TEST_F(X86Results, AStringIsFoundWhereTheBlockEndsInIt) {
  // mov eax, 'a'; movd xmm0, eax; movd xmm1, eax; pslldq xmm1, 15; por xmm1, [rip + 8]: fifteen
  // times '!' before the 'a'; pcmpistri xmm0, xmm1, 0xc; jmp over the constant
  std::vector<std::uint8_t> code{0xb8, 0x61, 0,    0,    0,    0x66, 0x0f, 0x6e, 0xc0, 0x66,
                                 0x0f, 0x6e, 0xc8, 0x66, 0x0f, 0x73, 0xf9, 0x0f, 0xf3, 0x0f,
                                 0x6f, 0x15, 0x0c, 0,    0,    0,    0x66, 0x0f, 0xeb, 0xca,
                                 0x66, 0x0f, 0x3a, 0x63, 0xc1, 0x0c, 0xeb, 0x10};
  code.insert(code.end(), 15, '!');
  code.push_back(0);
  EXPECT_EQ(after(kX8664, code)->reg("rcx"), 15u);
}

TEST_F(X86Results, HorizontalSumsOfARegisterWithItself) {
  // mov eax, 0x20001; movd xmm0, eax; phaddw xmm0, xmm0; movd ecx, xmm0; phaddw again, and into edx
  const auto guest = after(
      kX8664, {0xb8, 1,    0,    2,    0,    0x66, 0x0f, 0x6e, 0xc0, 0x66, 0x0f, 0x38, 0x01, 0xc0,
               0x66, 0x0f, 0x7e, 0xc1, 0x66, 0x0f, 0x38, 0x01, 0xc0, 0x66, 0x0f, 0x7e, 0xc2});
  EXPECT_EQ(guest->reg("rcx"), 3u);
  EXPECT_EQ(guest->reg("rdx"), 3u);
}

TEST_F(X86Results, RexDoesNotExtendTheNumberOfAnMmxRegister) {
  // mov eax, 0xfe; movq mm1, rax; pabsb mm0, mm1 with REX.R and REX.B; movq rcx, mm0
  const auto guest = after(kX8664, {0xb8, 0xfe, 0, 0, 0, 0x48, 0x0f, 0x6e, 0xc8, 0x45, 0x0f, 0x38,
                                    0x1c, 0xc1, 0x48, 0x0f, 0x7e, 0xc1});
  EXPECT_EQ(guest->reg("rcx"), 2u);
}

TEST_F(X86Results, DisplacementsAreTakenAsTheyAre) {
  // lea rcx, [rax + 0x2d0]; lea rdx, [rax + 0x340]: where the registers of MMX end in the library
  const auto guest = after(
      kX8664, {0x31, 0xc0, 0x48, 0x8d, 0x88, 0xd0, 0x02, 0, 0, 0x48, 0x8d, 0x90, 0x40, 0x03, 0, 0});
  EXPECT_EQ(guest->reg("rcx"), 0x2d0u);
  EXPECT_EQ(guest->reg("rdx"), 0x340u);
}

TEST_F(X86Results, APrefixThatIsNoneIsIgnored) {
  // xor eax, eax; mov ecx, 5 behind a REX.W that does not count; rex.W lahf
  const auto guest = after(kX8664, {0x31, 0xc0, 0x48, 0x66, 0xb9, 5, 0, 0x48, 0x9f});
  EXPECT_EQ(guest->reg("rcx"), 5u);
  EXPECT_EQ(guest->reg("rax"), 0x4600u);
}

TEST_F(X86Results, AComparisonAndExchangeKeepsOtherFlags) {
  // and rsp, -16; xor eax, eax; xor edx, edx; stc; cmpxchg16b [rsp]; setc dl
  const auto guest = after(kX8664, {0x48, 0x83, 0xe4, 0xf0, 0x31, 0xc0, 0x31, 0xd2, 0xf9, 0x48,
                                    0x0f, 0xc7, 0x0c, 0x24, 0x0f, 0x92, 0xc2});
  EXPECT_EQ(guest->reg("rdx"), 1u);
}

TEST_F(X86Results, AComparisonAndExchangeKeepsTheUpperHalfOfTheAccumulator) {
  // mov rax, 0x100000002; mov rbx, rax; cmpxchg ebx, ecx
  const auto guest =
      after(kX8664, {0x48, 0xb8, 2, 0, 0, 0, 1, 0, 0, 0, 0x48, 0x89, 0xc3, 0x0f, 0xb1, 0xcb});
  EXPECT_EQ(guest->reg("rax"), 0x1'0000'0002u);
  EXPECT_EQ(guest->reg("rbx"), 0u);
}

TEST_F(X86Results, ArithmeticTellsInMxcsrAndTheStatusWord) {
  for (const Isa* isa : {&kX8664, &kX86}) {
    const std::string_view ax = isa == &kX8664 ? "rax" : "eax", cx = isa == &kX8664 ? "rcx" : "ecx";
    // xorps xmm0, xmm0; divss xmm0, xmm0; push 0; stmxcsr [esp]; pop ecx; fld1; fchs; fsqrt;
    // fnstsw ax
    const auto guest =
        after(*isa, {0x0f, 0x57, 0xc0, 0xf3, 0x0f, 0x5e, 0xc0, 0x6a, 0,    0x0f, 0xae,
                     0x1c, 0x24, 0x59, 0xd9, 0xe8, 0xd9, 0xe0, 0xd9, 0xfa, 0xdf, 0xe0});
    EXPECT_EQ(guest->reg(cx), 0x1f81u) << isa->arch;
    EXPECT_EQ(guest->reg(ax) & 0xff, 1u) << isa->arch;
  }
}

TEST_F(X86Results, ARunThatEndsBehindAStoreThatPopsHasPopped) {
  // fld1; fldz; fstp qword [rsp - 8]; int 0x80; fnstsw ax
  Guest guest(kX8664,
              {0xd9, 0xe8, 0xd9, 0xee, 0xdd, 0x5c, 0x24, 0xf8, 0xcd, 0x80, 0xdf, 0xe0, 0x0f, 0x0b});
  EXPECT_EQ(guest.run().reason, StopReason::kSyscall);
  EXPECT_EQ(guest.run().reason, StopReason::kFault);
  EXPECT_EQ(guest.reg("rax") >> 11 & 7, 7u);
}

TEST_F(X86Results, AScalarProductEndsAtTheStepThatRaises) {
  // ldmxcsr [rdi + 32]; movaps xmm0, [rdi]; dpps xmm0, [rdi + 16], 0xff; stmxcsr [rdi + 36]; ud2
  Guest guest(kX8664, {0x0f, 0xae, 0x57, 0x20, 0x0f, 0x28, 0x07, 0x66, 0x0f, 0x3a,
                       0x40, 0x47, 0x10, 0xff, 0x0f, 0xae, 0x5f, 0x24, 0x0f, 0x0b});
  // One product overflows, which is unmasked; the other is a denormal for the sum.
  const std::array<std::uint32_t, 9> data{0x7f7fffff, 0x800000, 0, 0,     0x7f7fffff,
                                          0x3f000000, 0,        0, 0x1b80};
  std::vector<std::uint8_t> bytes(sizeof data);
  std::memcpy(bytes.data(), data.data(), bytes.size());
  ASSERT_TRUE(guest.memory.poke(kData, bytes));
  guest.set("rdi", kData);
  const Stop stop = guest.run();
  EXPECT_EQ(stop.fault.kind, FaultKind::kArithmetic);
  EXPECT_EQ(stop.fault.pc, kCode + 7);
  guest.engine->jump(kCode + 14);
  guest.run();
  constexpr std::uint64_t kDenormal = 2, kOverflow = 8;
  EXPECT_EQ(guest.load(kData + 36, 4) & (kDenormal | kOverflow), kOverflow);
}

struct Fault86 {
  const char* name;
  std::vector<std::uint8_t> code;
  std::uint64_t at;  ///< offset of the instruction
  FaultKind kind;
  std::uint64_t address = 0;
};

class X86Faults : public testing::TestWithParam<Fault86> {};

TEST_P(X86Faults, AreThoseOfAProcessor) {
  if (!kTuned) GTEST_SKIP() << "the plain build raises none of these";
  for (const Isa* isa : {&kX8664, &kX86}) {
    auto code = GetParam().code;
    code.insert(code.end(), {0x0f, 0x0b});
    Guest guest(*isa, code);
    guest.set(isa == &kX8664 ? "rdi" : "edi", kData + 1);
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kFault);
    EXPECT_EQ(stop.fault.kind, GetParam().kind) << stop.fault.detail;
    EXPECT_EQ(stop.fault.pc, kCode + GetParam().at);
    EXPECT_EQ(stop.fault.address, GetParam().address);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, X86Faults,
    testing::Values(
        Fault86{"movaps", {0x0f, 0x28, 0x07}, 0, FaultKind::kMemory, kData + 1},
        Fault86{"store", {0x90, 0x66, 0x0f, 0x7f, 0x07}, 1, FaultKind::kMemory, kData + 1},
        Fault86{"arithmetic", {0x0f, 0x58, 0x47, 0x01}, 0, FaultKind::kMemory, kData + 2},
        Fault86{"fxsave", {0x0f, 0xae, 0x07}, 0, FaultKind::kMemory, kData + 1},
        // mov dword [edi], -1; ldmxcsr [edi]
        Fault86{"mxcsr",
                {0xc7, 0x07, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xae, 0x17},
                6,
                FaultKind::kMemory,
                kData + 1},
        // mov dword [edi], 0x1f00; ldmxcsr [edi]; divss xmm0, xmm0
        Fault86{"divss",
                {0xc7, 0x07, 0x00, 0x1f, 0, 0, 0x0f, 0xae, 0x17, 0xf3, 0x0f, 0x5e, 0xc0},
                9,
                FaultKind::kArithmetic},
        // mov dword [edi], 0x37e; fldcw [edi]; fldz; fldz; fdivp; fwait
        Fault86{
            "fdiv",
            {0xc7, 0x07, 0x7e, 0x03, 0, 0, 0xd9, 0x2f, 0xd9, 0xee, 0xd9, 0xee, 0xde, 0xf9, 0x9b},
            14,
            FaultKind::kArithmetic}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cmos::emu

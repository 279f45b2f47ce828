// Results of x86 instructions that the library alone gets wrong, or reads and writes behind its own
// state for. What else is compared with a real CPU is in tests/cpu.
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

}  // namespace
}  // namespace cmos::emu

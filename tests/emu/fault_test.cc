// Memory faults: kind, address, access and the exact pc.
#include "tests/emu/guest.h"
#include "tests/emu/programs.h"

namespace cmos::emu {
namespace {

std::string pointer_register(const Program& program) {
  if (program.isa == &kX8664) return "rdi";
  if (program.isa == &kX86) return "edi";
  if (program.isa == &kArm) return program.thumb ? "r7" : "r8";
  return "x20";
}

class Faults : public testing::TestWithParam<Program> {};

constexpr std::uint64_t kUnmapped = 0x900040;  // aligned for everything; nothing near it

TEST_P(Faults, NameTheInstructionTheAddressAndTheKind) {
  const Program& program = GetParam();
  if (!kTuned && program.name == "movbe")
    GTEST_SKIP() << "unknown to the plain library, which reports it as illegal";
  Guest guest(program);
  guest.set(pointer_register(program), kUnmapped);
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.kind, FaultKind::kMemory) << stop.fault.detail;
  if (stop.fault.pc_exact) {
    EXPECT_EQ(stop.fault.pc, kCode + program.labels.at("fault"));
  }
  EXPECT_EQ(stop.fault.pc_exact, kTuned);
  EXPECT_EQ(guest.pc(), stop.fault.pc);
  EXPECT_GE(stop.fault.address, kUnmapped - 32);  // push, pusha, stp pre-index
  EXPECT_LE(stop.fault.address, kUnmapped);
}

INSTANTIATE_TEST_SUITE_P(Programs, Faults, testing::ValuesIn(programs_with_label("fault")));

TEST_P(Faults, HappenToReadOnlyMemoryForWritesOnly) {
  const Program& program = GetParam();
  Guest guest(program);
  ASSERT_TRUE(guest.memory.map(0x900000, 0x1000, kRead, "const"));
  guest.set(pointer_register(program), kUnmapped);
  const Stop stop = guest.run(100);
  if (stop.reason == StopReason::kFault && stop.fault.kind == FaultKind::kMemory &&
      stop.fault.address >= 0x900000 && stop.fault.address < 0x901000) {
    EXPECT_EQ(stop.fault.access, Access::kWrite);
    if (kTuned) {
      EXPECT_EQ(stop.fault.pc, kCode + program.labels.at("fault"));
    }
  }
  std::vector<std::uint8_t> bytes(0x1000);
  ASSERT_TRUE(guest.memory.peek(0x900000, bytes));
  EXPECT_EQ(bytes, std::vector<std::uint8_t>(0x1000));
}

// A store of `size` bytes whose last part lies past a region's end.
struct Crossing {
  const char* name;
  const Isa* isa;
  unsigned size;

  friend void PrintTo(const Crossing& test, std::ostream* out) {
    *out << test.isa->arch << " " << test.name;
  }
};

class Crossings : public testing::TestWithParam<Crossing> {};

TEST_P(Crossings, NameTheFirstBadByteAndWriteNothing) {
  const Program& program = emu::program(GetParam().name, *GetParam().isa);
  for (unsigned inside = 1; inside < GetParam().size; ++inside) {
    Guest guest(program);
    const std::uint64_t end = kData + 0x10000;
    guest.set(pointer_register(program), end - inside);
    for (const char* name : {"rax", "eax", "r0", "x0"})
      for (const arch::Register& info : program.isa->cpu.general())
        if (info.name == name) guest.set(name, ~0ull);
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kFault);
    EXPECT_EQ(stop.fault.kind, FaultKind::kMemory);
    EXPECT_EQ(stop.fault.access, Access::kWrite);
    EXPECT_EQ(stop.fault.address, end);
    if (kTuned) {
      EXPECT_EQ(stop.fault.pc, kCode + program.labels.at("fault"));
      EXPECT_EQ(guest.load(end - 8, 8), 0u) << inside;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, Crossings,
                         testing::Values(Crossing{"store64", &kX8664, 8},
                                         Crossing{"store16", &kX8664, 2},
                                         Crossing{"store32", &kX86, 4}, Crossing{"str", &kArm, 4},
                                         Crossing{"str", &kArm64, 8}));

TEST(Jumps, ToUnmappedMemoryFaultThere) {
  // jmp rdi
  Guest guest(kX8664, {0xff, 0xe7});
  guest.set("rdi", kUnmapped);
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.kind, FaultKind::kMemory);
  EXPECT_EQ(stop.fault.access, Access::kExecute);
  EXPECT_EQ(stop.fault.address, kUnmapped);
  EXPECT_EQ(stop.fault.pc, kUnmapped);
}

TEST(Jumps, ToDataThatIsNotExecutableFault) {
  for (const Isa* isa : {&kX8664, &kX86, &kArm, &kArm64}) {
    Guest guest(*isa, {});
    guest.engine->jump(kData);
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kFault) << isa->arch;
    EXPECT_EQ(stop.fault.kind, FaultKind::kMemory) << isa->arch << stop.fault.detail;
    EXPECT_EQ(stop.fault.access, Access::kExecute);
    EXPECT_EQ(stop.fault.address, kData);
    EXPECT_EQ(stop.fault.pc, kData);
  }
}

TEST(Jumps, PastTheEndOfCodeExecuteWhatIsBeforeIt) {
  const std::vector<std::pair<const Isa*, std::vector<std::uint8_t>>> tails{
      {&kX8664, {0xff, 0xc3, 0xff, 0xc3}},                           // inc ebx, twice
      {&kX86, {0x90, 0x43, 0x90, 0x43}},                             // inc ebx, twice
      {&kArm, {0x01, 0x10, 0x81, 0xe2, 0x01, 0x10, 0x81, 0xe2}},     // add r1, r1, #1, twice
      {&kArm64, {0x21, 0x04, 0x00, 0x91, 0x21, 0x04, 0x00, 0x91}}};  // add x1, x1, #1, twice
  for (const auto& [isa, tail] : tails) {
    Guest guest(*isa, {});
    const std::uint64_t end = kCode + 0x10000;
    ASSERT_TRUE(guest.memory.poke(end - tail.size(), tail));
    guest.engine->jump(end - tail.size());
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kFault) << isa->arch;
    EXPECT_EQ(stop.fault.access, Access::kExecute) << isa->arch;
    EXPECT_EQ(stop.fault.address, end) << isa->arch;
    if (kTuned) {
      EXPECT_EQ(stop.fault.pc, end) << isa->arch;
      EXPECT_EQ(guest.reg(isa->cpu.pointer_bytes() == 8 && isa == &kX8664 ? "rbx"
                          : isa == &kX86                                  ? "ebx"
                          : isa == &kArm                                  ? "r1"
                                                                          : "x1"),
                2u);
    }
  }
}

TEST(Jumps, IntoTheMiddleOfAnInstructionOfArmAreMisaligned) {
  Guest arm64(kArm64, {0x1f, 0x20, 0x03, 0xd5, 0x1f, 0x20, 0x03, 0xd5});
  arm64.engine->jump(kCode + 2);
  Stop stop = arm64.run();
  ASSERT_EQ(stop.reason, StopReason::kFault);
  if (kTuned) {
    EXPECT_EQ(stop.fault.kind, FaultKind::kMisaligned) << stop.fault.detail;
    EXPECT_EQ(stop.fault.address, kCode + 2);
  }
}

void append(std::vector<std::uint8_t>& code, std::uint32_t word) {
  for (unsigned i = 0; i < 4; ++i) code.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
}

/// `word` accesses memory at the register `base`, an address that it does not permit.
void expect_misaligned(const Isa& isa, std::uint32_t word, bool thumb, Access access) {
  std::vector<std::uint8_t> code;
  append(code, thumb && word > 0xffff ? word << 16 | word >> 16 : word);
  Guest guest(isa, code);
  guest.set(isa.cpu.pointer_bytes() == 8 ? "x1" : "r1", kData + 0x101);
  guest.engine->jump(kCode | (thumb ? 1 : 0));
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kFault) << std::hex << word;
  EXPECT_EQ(stop.fault.kind, FaultKind::kMisaligned) << std::hex << word;
  EXPECT_EQ(stop.fault.pc, kCode) << std::hex << word;
  EXPECT_EQ(stop.fault.address, kData + 0x101) << std::hex << word;
  EXPECT_EQ(stop.fault.access, access) << std::hex << word;
}

TEST(MisalignedAccesses, OfArmAreFaultsWhereHardwareMakesThem) {
  if (!kTuned) GTEST_SKIP() << "the plain library lets most of them pass";
  for (const std::uint32_t word :
       {0xe1c120d0u, 0xe891000cu, 0xe1910f9fu, 0xed910b00u, 0xec910b04u, 0xf421079fu})
    expect_misaligned(kArm, word, false, Access::kRead);  // ldrd, ldm, ldrex, vldr, vldm, vld1:64
  for (const std::uint32_t word : {0xe1c120f0u, 0xe881000cu, 0xed810b00u})
    expect_misaligned(kArm, word, false, Access::kWrite);  // strd, stm, vstr
}

TEST(MisalignedAccesses, OfThumbAreFaultsWhereHardwareMakesThem) {
  if (!kTuned) GTEST_SKIP() << "the plain library lets most of them pass";
  for (const std::uint32_t word : {0xe9d12300u, 0xe891000cu, 0xc90cu, 0xe8510f00u, 0xed910b00u})
    expect_misaligned(kArm, word, true, Access::kRead);  // ldrd, ldm.w, ldm, ldrex, vldr
  for (const std::uint32_t word : {0xe9c12300u, 0xc10cu})
    expect_misaligned(kArm, word, true, Access::kWrite);  // strd, stm
}

TEST(MisalignedAccesses, OfArm64AreFaultsWhereHardwareMakesThem) {
  if (!kTuned) GTEST_SKIP() << "the plain library does not know the address";
  for (const Isa* isa : {&kArm64, &kApple}) {
    expect_misaligned(*isa, 0x885f7c20, false, Access::kRead);   // ldxr w0, [x1]
    expect_misaligned(*isa, 0xc8dffc20, false, Access::kRead);   // ldar x0, [x1]
    expect_misaligned(*isa, 0x889ffc20, false, Access::kWrite);  // stlr w0, [x1]
  }
  expect_misaligned(kApple, 0xb8220020, false, Access::kRead);  // ldadd w2, w0, [x1]
}

TEST(MisalignedAccesses, OfX86AreProtectionFaultsThatNameTheAddress) {
  if (!kTuned) GTEST_SKIP() << "the plain library lets them pass";
  for (const Isa* isa : {&kX8664, &kX86}) {
    Guest guest(*isa, {0x0f, 0x28, 0x01});  // movaps xmm0, [ecx]
    guest.set(isa == &kX86 ? "ecx" : "rcx", kData + 0x108);
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kFault);
    EXPECT_EQ(stop.fault.kind, FaultKind::kMemory) << isa->arch;
    EXPECT_EQ(stop.fault.address, kData + 0x108) << isa->arch;
    EXPECT_EQ(stop.fault.pc, kCode) << isa->arch;
  }
}

TEST(Jumps, OutOfAnItBlockForgetItsConditions) {
  // itttt eq, which does not hold; svc, which the jump then leads to, is in the middle of it.
  Guest thumb(kArm, {0x00, 0x28, 0x01, 0xbf, 0xff, 0xde, 0x00, 0xdf, 0x00, 0xdf});
  thumb.set("r0", 0);
  thumb.engine->jump(kCode | 1);
  EXPECT_EQ(thumb.run().reason, StopReason::kFault);  // udf
  thumb.set("r0", 1);
  thumb.engine->jump((kCode + 6) | 1);
  EXPECT_EQ(thumb.run().reason, StopReason::kSyscall);
}

TEST(HalfPrecision, UndefinedOperationsOfAppleAreIllegal) {
  if (!kTuned) GTEST_SKIP() << "the plain library ends the process";
  for (const std::uint32_t word : {0x4edf1fffu, 0x5ef8f88fu, 0x0ef9f820u, 0x5e794bfdu}) {
    std::vector<std::uint8_t> code;
    append(code, word);
    Guest guest(kApple, code);
    EXPECT_EQ(guest.run().fault.kind, FaultKind::kIllegalInstruction) << std::hex << word;
  }
}

TEST(FaultAfterFault, IsToldAsWhatItIs) {
  if (!kTuned) GTEST_SKIP() << "the plain library makes a double fault of the second";
  // The processor of x86 makes a double fault of the second, and of the third the end of all.
  for (const Isa* isa : {&kX8664, &kX86}) {
    Guest guest(*isa, {0x31, 0xc0, 0xf7, 0xf0, 0x0f, 0x0b});  // xor eax, eax; div eax; ud2
    for (int i = 0; i < 4; ++i) {
      guest.engine->jump(kCode);
      EXPECT_EQ(guest.run().fault.kind, FaultKind::kArithmetic) << isa->arch << " " << i;
      guest.engine->jump(kCode + 4);
      const Stop stop = guest.engine->step();
      ASSERT_EQ(stop.reason, StopReason::kFault);
      EXPECT_EQ(stop.fault.kind, FaultKind::kIllegalInstruction) << isa->arch << " " << i;
    }
  }
}

TEST(EndOfTheAddressSpace, CodeAndDataThereDoNotHarmTheHost) {
  for (const Isa* isa : {&kX8664, &kX86, &kArm, &kArm64}) {
    Guest guest(*isa, {});
    const std::uint64_t last = isa->cpu.pointer_bytes() == 8 ? ~0ull << 12 : 0xfffff000;
    ASSERT_TRUE(guest.memory.map(last, 0x1000, kRead | kWrite | kExecute, "last"));
    // Nothing but instructions that fall off the end.
    std::vector<std::uint8_t> code(0x1000, 0x90);
    for (std::size_t i = 0; isa != &kX8664 && isa != &kX86 && i < code.size(); i += 4) {
      const std::uint32_t nop = isa == &kArm ? 0xe320f000 : 0xd503201f;
      for (unsigned k = 0; k < 4; ++k) code[i + k] = static_cast<std::uint8_t>(nop >> (8 * k));
    }
    ASSERT_TRUE(guest.memory.poke(last, code));
    guest.engine->jump(last + 0xff0);
    const Stop stop = guest.run(100);
    EXPECT_NE(stop.reason, StopReason::kSyscall) << isa->arch;
  }
}

}  // namespace
}  // namespace cmos::emu

// User mode is real: what only an operating system may do faults, and nothing ends or hangs the
// host.
#include "tests/emu/guest.h"

namespace cmos::emu {
namespace {

struct Case {
  const char* name;
  const Isa* isa;
  std::vector<std::uint8_t> code;
  bool thumb = false;

  friend void PrintTo(const Case& test, std::ostream* out) {
    *out << test.isa->arch << " " << test.name;
  }
};

std::vector<std::uint8_t> arm_word(std::uint32_t word) {
  return {static_cast<std::uint8_t>(word), static_cast<std::uint8_t>(word >> 8),
          static_cast<std::uint8_t>(word >> 16), static_cast<std::uint8_t>(word >> 24)};
}

class Privileged : public testing::TestWithParam<Case> {};

TEST_P(Privileged, InstructionsAreIllegalAtTheirExactAddress) {
  const Case& test = GetParam();
  std::vector<std::uint8_t> code;
  if (test.isa == &kX8664 || test.isa == &kX86)
    code = {0x90, 0x90};
  else if (test.thumb)
    code = {0x00, 0xbf};
  else
    code = arm_word(test.isa == &kArm ? 0xe320f000 : 0xd503201f);
  const std::uint64_t at = kCode + code.size();
  code.insert(code.end(), test.code.begin(), test.code.end());
  for (const bool counted : {false, true}) {
    Guest guest(*test.isa, code, {.engine = {.count_instructions = counted}});
    guest.engine->jump(kCode | (test.thumb ? 1 : 0));
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kFault);
    EXPECT_EQ(stop.fault.kind, FaultKind::kIllegalInstruction) << stop.fault.detail;
    EXPECT_EQ(stop.fault.pc, at) << stop.fault.detail;
    EXPECT_EQ(guest.pc(), at);
    if (counted) {
      EXPECT_EQ(guest.engine->instructions(), test.isa == &kX8664 || test.isa == &kX86 ? 2u : 1u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    X8664, Privileged,
    testing::Values(
        Case{"hlt", &kX8664, {0xf4}}, Case{"in", &kX8664, {0xe4, 0x10}},
        Case{"in dx", &kX8664, {0xec}}, Case{"out", &kX8664, {0xe6, 0x10}},
        Case{"insb", &kX8664, {0x6c}}, Case{"outsb", &kX8664, {0x6e}}, Case{"cli", &kX8664, {0xfa}},
        Case{"sti", &kX8664, {0xfb}}, Case{"rdmsr", &kX8664, {0x0f, 0x32}},
        Case{"wrmsr", &kX8664, {0x0f, 0x30}}, Case{"mov rax, cr0", &kX8664, {0x0f, 0x20, 0xc0}},
        Case{"mov cr0, rax", &kX8664, {0x0f, 0x22, 0xc0}},
        Case{"mov cr3, rax", &kX8664, {0x0f, 0x22, 0xd8}},
        Case{"mov cr8, rax", &kX8664, {0x44, 0x0f, 0x22, 0xc0}},
        Case{"mov dr7, rax", &kX8664, {0x0f, 0x23, 0xf8}},
        Case{"lgdt", &kX8664, {0x0f, 0x01, 0x14, 0x24}},
        Case{"lidt", &kX8664, {0x0f, 0x01, 0x1c, 0x24}}, Case{"lldt", &kX8664, {0x0f, 0x00, 0xd0}},
        Case{"ltr", &kX8664, {0x0f, 0x00, 0xd8}}, Case{"lmsw", &kX8664, {0x0f, 0x01, 0xf0}},
        Case{"clts", &kX8664, {0x0f, 0x06}}, Case{"invd", &kX8664, {0x0f, 0x08}},
        Case{"wbinvd", &kX8664, {0x0f, 0x09}}, Case{"invlpg", &kX8664, {0x0f, 0x01, 0x3c, 0x24}},
        Case{"swapgs", &kX8664, {0x0f, 0x01, 0xf8}}, Case{"sysretq", &kX8664, {0x48, 0x0f, 0x07}},
        Case{"sysexit", &kX8664, {0x0f, 0x35}}, Case{"iretq", &kX8664, {0x48, 0xcf}},
        Case{"retf", &kX8664, {0x48, 0xcb}}, Case{"rsm", &kX8664, {0x0f, 0xaa}},
        Case{"monitor", &kX8664, {0x0f, 0x01, 0xc8}}, Case{"mwait", &kX8664, {0x0f, 0x01, 0xc9}},
        Case{"vmrun", &kX8664, {0x0f, 0x01, 0xd8}}, Case{"vmcall", &kX8664, {0x0f, 0x01, 0xc1}},
        Case{"stgi", &kX8664, {0x0f, 0x01, 0xdc}}, Case{"rdpmc", &kX8664, {0x0f, 0x33}},
        Case{"xsetbv", &kX8664, {0x0f, 0x01, 0xd1}}, Case{"rdrand", &kX8664, {0x0f, 0xc7, 0xf0}},
        Case{"call far", &kX8664, {0xff, 0x1c, 0x24}},
        Case{"jmp far", &kX8664, {0xff, 0x2c, 0x24}}));

INSTANTIATE_TEST_SUITE_P(
    X86, Privileged,
    testing::Values(Case{"hlt", &kX86, {0xf4}}, Case{"in", &kX86, {0xe4, 0x10}},
                    Case{"cli", &kX86, {0xfa}}, Case{"mov cr0", &kX86, {0x0f, 0x22, 0xc0}},
                    Case{"lgdt", &kX86, {0x0f, 0x01, 0x14, 0x24}},
                    Case{"sysexit", &kX86, {0x0f, 0x35}}, Case{"iret", &kX86, {0xcf}},
                    Case{"retf", &kX86, {0xcb}},
                    Case{"jmp far", &kX86, {0xea, 0, 0, 0x40, 0, 0x23, 0}},
                    Case{"call far", &kX86, {0x9a, 0, 0, 0x40, 0, 0x33, 0}},
                    Case{"jmp far ldt", &kX86, {0xea, 0, 0, 0x40, 0, 0x0f, 0}},
                    Case{"rsm", &kX86, {0x0f, 0xaa}}, Case{"wrmsr", &kX86, {0x0f, 0x30}},
                    Case{"vmrun", &kX86, {0x0f, 0x01, 0xd8}}));

INSTANTIATE_TEST_SUITE_P(
    Arm, Privileged,
    testing::Values(
        Case{"udf", &kArm, arm_word(0xe7f000f0)}, Case{"mcr sctlr", &kArm, arm_word(0xee010f10)},
        Case{"mrc sctlr", &kArm, arm_word(0xee110f10)},
        Case{"mrc midr", &kArm, arm_word(0xee100f10)}, Case{"mcr tlb", &kArm, arm_word(0xee080f17)},
        Case{"hvc", &kArm, arm_word(0xe1400070)}, Case{"smc", &kArm, arm_word(0xe1600070)},
        Case{"vmsr fpexc", &kArm, arm_word(0xeee80a10)},
        Case{"mrs r0, spsr", &kArm, arm_word(0xe14f0000)}, Case{"rfe", &kArm, arm_word(0xf8900a00)},
        Case{"srs", &kArm, arm_word(0xf8cd0510)}, Case{"eret", &kArm, arm_word(0xe160006e)},
        Case{"wfi", &kArm, arm_word(0xe320f003)}, Case{"mrs banked", &kArm, arm_word(0xe1010200)},
        Case{"thumb udf", &kArm, {0x00, 0xde}, true},
        Case{"thumb wfi", &kArm, {0x30, 0xbf}, true}));

INSTANTIATE_TEST_SUITE_P(Arm64, Privileged,
                         testing::Values(Case{"mrs midr_el1", &kArm64, arm_word(0xd5380000)},
                                         Case{"mrs sctlr_el1", &kArm64, arm_word(0xd5381000)},
                                         Case{"msr sctlr_el1", &kArm64, arm_word(0xd5181000)},
                                         Case{"msr vbar_el1", &kArm64, arm_word(0xd518c000)},
                                         Case{"msr daifset", &kArm64, arm_word(0xd5034fdf)},
                                         Case{"msr spsel", &kArm64, arm_word(0xd50041bf)},
                                         Case{"mrs currentel", &kArm64, arm_word(0xd5384240)},
                                         Case{"eret", &kArm64, arm_word(0xd69f03e0)},
                                         Case{"hvc", &kArm64, arm_word(0xd4000002)},
                                         Case{"smc", &kArm64, arm_word(0xd4000003)},
                                         Case{"hlt", &kArm64, arm_word(0xd4400000)},
                                         Case{"dcps1", &kArm64, arm_word(0xd4a00001)},
                                         Case{"wfi", &kArm64, arm_word(0xd503207f)},
                                         Case{"tlbi", &kArm64, arm_word(0xd508871f)},
                                         Case{"dc isw", &kArm64, arm_word(0xd5087640)},
                                         Case{"at", &kArm64, arm_word(0xd5087800)},
                                         Case{"udf", &kArm64, arm_word(0)},
                                         Case{"mrs cntvct", &kArm64, arm_word(0xd53be040)},
                                         Case{"msr unknown", &kArm64, arm_word(0xd51bffe0)}));

// What user mode may do.
struct Allowed {
  const char* name;
  const Isa* isa;
  std::vector<std::uint8_t> code;

  friend void PrintTo(const Allowed& test, std::ostream* out) {
    *out << test.isa->arch << " " << test.name;
  }
};

class UserMode : public testing::TestWithParam<Allowed> {};

TEST_P(UserMode, IsAllowed) {
  std::vector<std::uint8_t> code = GetParam().code;
  const std::uint64_t end = kCode + code.size();
  const std::vector<std::uint8_t> trap =
      GetParam().isa->cpu.pointer_bytes() == 4 && GetParam().isa == &kArm ? arm_word(0xef000000)
      : GetParam().isa == &kArm64                                         ? arm_word(0xd4000001)
                                  : std::vector<std::uint8_t>{0xcd, 0x80};
  code.insert(code.end(), trap.begin(), trap.end());
  Guest guest(*GetParam().isa, code);
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kSyscall)
      << stop.fault.detail << " at " << stop.fault.pc - kCode;
  EXPECT_EQ(stop.syscall.pc, end);
}

INSTANTIATE_TEST_SUITE_P(
    EveryIsa, UserMode,
    testing::Values(
        Allowed{"cpuid", &kX8664, {0x0f, 0xa2}}, Allowed{"pushfq popfq", &kX8664, {0x9c, 0x9d}},
        Allowed{"mov ax, ds", &kX8664, {0x8c, 0xd8}},
        Allowed{"xor eax, eax; mov ds, eax", &kX8664, {0x31, 0xc0, 0x8e, 0xd8}},
        Allowed{"rdtsc", &kX8664, {0x0f, 0x31}}, Allowed{"mfence", &kX8664, {0x0f, 0xae, 0xf0}},
        Allowed{"pause", &kX8664, {0xf3, 0x90}}, Allowed{"addps", &kX8664, {0x0f, 0x58, 0xc1}},
        Allowed{"haddps", &kX8664, {0xf2, 0x0f, 0x7c, 0xc1}},
        Allowed{"pshufb", &kX8664, {0x66, 0x0f, 0x38, 0x00, 0xc1}},
        Allowed{"pmulld", &kX8664, {0x66, 0x0f, 0x38, 0x40, 0xc1}},
        Allowed{"crc32", &kX8664, {0xf2, 0x0f, 0x38, 0xf1, 0xc1}},
        Allowed{"pcmpistri", &kX8664, {0x66, 0x0f, 0x3a, 0x63, 0xc1, 0}},
        Allowed{"lahf sahf", &kX8664, {0x9f, 0x9e}},
        Allowed{"popcnt", &kX8664, {0xf3, 0x48, 0x0f, 0xb8, 0xc1}},
        Allowed{"popcnt [rsp]", &kX8664, {0xf3, 0x0f, 0xb8, 0x04, 0x24}},
        Allowed{"movbe", &kX8664, {0x0f, 0x38, 0xf0, 0x04, 0x24}},
        Allowed{"cmpxchg16b", &kX8664, {0x48, 0x0f, 0xc7, 0x0c, 0x24}},
        Allowed{"popcnt", &kX86, {0xf3, 0x0f, 0xb8, 0xc1}},
        Allowed{"lds", &kX86, {0x31, 0xc0, 0x8e, 0xd8}},
        Allowed{"fld1 fsin", &kX86, {0xd9, 0xe8, 0xd9, 0xfe}},
        Allowed{"rdtsc", &kX86, {0x0f, 0x31}}, Allowed{"mrs r0, cpsr", &kArm, arm_word(0xe10f0000)},
        Allowed{"msr cpsr_f, r0", &kArm, arm_word(0xe128f000)},
        Allowed{"msr cpsr_c, r0 has no effect", &kArm, arm_word(0xe121f000)},
        Allowed{"cps has no effect", &kArm, arm_word(0xf10c0080)},
        Allowed{"mrc tpidruro", &kArm, arm_word(0xee1d0f70)},
        Allowed{"vadd.f64", &kArm, arm_word(0xee300b00)},
        Allowed{"vadd.i32 q", &kArm, arm_word(0xf2200840)},
        Allowed{"dmb", &kArm, arm_word(0xf57ff05f)}, Allowed{"wfe", &kArm, arm_word(0xe320f002)},
        Allowed{"sdiv", &kArm, arm_word(0xe710f110)},
        Allowed{"fadd", &kArm64, arm_word(0x1e612800)},
        Allowed{"mrs tpidr_el0", &kArm64, arm_word(0xd53bd040)},
        Allowed{"mrs ctr_el0", &kArm64, arm_word(0xd53b0020)},
        Allowed{"mrs dczid_el0", &kArm64, arm_word(0xd53b00e0)},
        Allowed{"mrs fpcr", &kArm64, arm_word(0xd53b4400)},
        Allowed{"msr nzcv", &kArm64, arm_word(0xd51b4200)},
        Allowed{"wfe", &kArm64, arm_word(0xd503205f)},
        Allowed{"isb", &kArm64, arm_word(0xd5033fdf)},
        Allowed{"crc32", &kArm64, arm_word(0x1ac04000)},
        Allowed{"aese", &kArm64, arm_word(0x4e284800)}));

TEST(UserModeX86, CannotBeLeftByFlags) {
  // mov dword [rsp-8], 0xffffffff-ish flags; popfq: IOPL and IF stay as they were, so cli still
  // faults
  Guest guest(kX8664, {0x68, 0x00, 0x30, 0x00, 0x00, 0x9d, 0xfa});  // push 0x3000; popfq; cli
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.pc, kCode + 6);
  EXPECT_EQ(guest.reg("rflags") & 0x3000, 0u);
}

TEST(UserModeX86, SegmentLoadsFromEmptyTablesFault) {
  for (const std::uint8_t selector :
       std::initializer_list<std::uint8_t>{0x08, 0x0c, 0x0f, 0x13, 0x2b}) {
    Guest guest(kX8664, {0xb8, selector, 0, 0, 0, 0x8e, 0xd8});  // mov eax, selector; mov ds, eax
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kFault);
    EXPECT_EQ(stop.fault.kind, FaultKind::kIllegalInstruction);
    EXPECT_EQ(stop.fault.pc, kCode + 5);
  }
}

TEST(UserModeX86, TimeStampsRepeat) {
  const auto stamps = [] {
    Guest guest(kX8664, {0x0f, 0x31, 0x89, 0xc3, 0x0f, 0x31, 0xcd,
                         0x80});  // rdtsc; mov ebx, eax; rdtsc; int 0x80
    EXPECT_EQ(guest.run().reason, StopReason::kSyscall);
    EXPECT_GT(guest.reg("rax"), guest.reg("rbx"));
    return std::pair(guest.reg("rbx"), guest.reg("rax"));
  };
  EXPECT_EQ(stamps(), stamps());
}

}  // namespace
}  // namespace cmos::emu

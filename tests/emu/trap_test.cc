// System calls, and the traps that are none (abi 2).
#include "tests/emu/guest.h"

namespace cmos::emu {
namespace {

struct TrapCase {
  const Isa* isa;
  std::vector<std::uint8_t> code;
  std::uint64_t trap_size;
  bool thumb = false;
};

class Traps : public testing::TestWithParam<TrapCase> {};

TEST_P(Traps, StopWithNumberArgumentsAndTheNextPcAndKeepEveryRegister) {
  const TrapCase& test = GetParam();
  const Isa& isa = *test.isa;
  Guest guest(isa, test.code);
  guest.engine->jump(kCode | (test.thumb ? 1 : 0));
  std::vector<std::uint64_t> before;
  for (std::size_t i = 0; i < isa.cpu.general().size(); ++i) {
    const auto index = static_cast<RegisterIndex>(i);
    if (index != isa.cpu.pc && index != isa.cpu.sp && i + 1 != isa.cpu.general().size())
      guest.engine->write_register(index, 0x1000 + i);
    before.push_back(guest.engine->read_register(index));
  }
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kSyscall) << stop.fault.detail;
  EXPECT_EQ(stop.syscall.number, 0x1000u + isa.number);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(stop.syscall.arguments[i], 0x1000u + isa.arguments[i]);
  EXPECT_EQ(stop.syscall.pc, kCode);
  EXPECT_EQ(guest.pc(), kCode + test.trap_size);
  EXPECT_EQ(guest.engine->thumb(), test.thumb);
  for (std::size_t i = 0; i < isa.cpu.general().size(); ++i)
    if (i != isa.cpu.pc) {
      EXPECT_EQ(guest.engine->read_register(static_cast<RegisterIndex>(i)), before[i])
          << isa.cpu.general()[i].name;
    }
}

INSTANTIATE_TEST_SUITE_P(
    EveryIsa, Traps,
    testing::Values(TrapCase{&kX8664, {0xcd, 0x80}, 2}, TrapCase{&kX8664, {0x0f, 0x05}, 2},
                    TrapCase{&kX86, {0xcd, 0x80}, 2}, TrapCase{&kArm, {0, 0, 0, 0xef}, 4},
                    TrapCase{&kArm, {0, 0xdf}, 2, true}, TrapCase{&kArm64, {1, 0, 0, 0xd4}, 4},
                    TrapCase{&kApple, {1, 0, 0, 0xd4}, 4},
                    TrapCase{&kApple, {0x01, 0x10, 0, 0xd4}, 4}));

struct BadCase {
  const Isa* isa;
  std::vector<std::uint8_t> code;
  FaultKind kind;
  std::string detail;
  bool thumb = false;

  friend void PrintTo(const BadCase& test, std::ostream* out) {
    *out << test.isa->arch << " " << test.detail;
  }
};

class BadTraps : public testing::TestWithParam<BadCase> {};

TEST_P(BadTraps, FaultAtTheInstruction) {
  const BadCase& test = GetParam();
  std::vector<std::uint8_t> code;  // behind two instructions that do nothing
  if (test.isa == &kX8664 || test.isa == &kX86)
    code = {0x90, 0x90};
  else if (test.thumb)
    code = {0x00, 0xbf, 0x00, 0xbf};
  else if (test.isa == &kArm)
    code = {0x00, 0xf0, 0x20, 0xe3, 0x00, 0xf0, 0x20, 0xe3};
  else
    code = {0x1f, 0x20, 0x03, 0xd5, 0x1f, 0x20, 0x03, 0xd5};
  const std::uint64_t at = kCode + code.size();
  code.insert(code.end(), test.code.begin(), test.code.end());
  Guest guest(*test.isa, code);
  guest.engine->jump(kCode | (test.thumb ? 1 : 0));
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.kind, test.kind) << stop.fault.detail;
  EXPECT_EQ(stop.fault.pc, at);
  EXPECT_EQ(guest.pc(), at);
  EXPECT_EQ(stop.fault.detail, test.detail);
}

INSTANTIATE_TEST_SUITE_P(
    X86, BadTraps,
    testing::Values(
        BadCase{&kX8664, {0xcd, 0x21}, FaultKind::kBadTrap, "int 0x21"},
        BadCase{&kX8664, {0xcd, 0x0d}, FaultKind::kBadTrap, "int 0xd"},
        BadCase{&kX8664, {0xcd, 0x03}, FaultKind::kBreakpoint, "int 3"},
        BadCase{&kX8664, {0xcc}, FaultKind::kBreakpoint, "int3"},
        BadCase{&kX8664, {0x0f, 0x34}, FaultKind::kBadTrap, "sysenter"},
        BadCase{&kX8664, {0x0f, 0x0b}, FaultKind::kIllegalInstruction, "ud2"},
        BadCase{&kX8664, {0xf7, 0xf1}, FaultKind::kArithmetic, "divide error"},
        BadCase{&kX86, {0xcd, 0x21}, FaultKind::kBadTrap, "int 0x21"},
        BadCase{&kX86, {0xcc}, FaultKind::kBreakpoint, "int3"},
        BadCase{&kX86, {0x0f, 0x34}, FaultKind::kBadTrap, "sysenter"},
        BadCase{&kX86, {0x0f, 0x05}, FaultKind::kBadTrap, "syscall (32-bit programs use int 0x80)"},
        BadCase{&kX86, {0x0f, 0x0b}, FaultKind::kIllegalInstruction, "ud2"}));

INSTANTIATE_TEST_SUITE_P(
    Arm, BadTraps,
    testing::Values(
        BadCase{&kArm, {0x05, 0, 0, 0xef}, FaultKind::kBadTrap, "svc #0x5"},
        BadCase{&kArm, {0x05, 0xdf}, FaultKind::kBadTrap, "svc #0x5", true},
        BadCase{&kArm, {0x70, 0x00, 0x20, 0xe1}, FaultKind::kBreakpoint, "breakpoint instruction"},
        BadCase{&kArm, {0x00, 0xbe}, FaultKind::kBreakpoint, "breakpoint instruction", true},
        BadCase{&kArm64, {0xa1, 0, 0, 0xd4}, FaultKind::kBadTrap, "svc #0x5"},
        BadCase{&kArm64, {0x01, 0x10, 0, 0xd4}, FaultKind::kBadTrap, "svc #0x80"},
        BadCase{&kApple, {0xa1, 0, 0, 0xd4}, FaultKind::kBadTrap, "svc #0x5"},
        BadCase{&kArm64, {0, 0, 0x20, 0xd4}, FaultKind::kBreakpoint, "breakpoint instruction"}));

}  // namespace
}  // namespace cmos::emu

// Faults of the small CPUs: what their manuals call exceptions.
#include "tests/emu/small_guest.h"

namespace cmos::emu {
namespace {

using Code = std::vector<std::uint8_t>;

struct FaultCase {
  std::string_view arch;
  Code code;
  Registers before;
  FaultKind kind;
  std::string detail;
  Access access = Access::kNone;
  std::uint64_t address = 0;

  friend void PrintTo(const FaultCase& one, std::ostream* out) { *out << one.arch << one.detail; }
};

class SmallFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(SmallFaults, AreTold) {
  const FaultCase& one = GetParam();
  SmallGuest guest(*(*EngineTable::built_in().find(one.arch))->isa, one.code);
  guest.set(one.before);
  const Stop stop = guest.run(1);
  ASSERT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.kind, one.kind);
  EXPECT_EQ(stop.fault.detail, one.detail);
  EXPECT_EQ(stop.fault.access, one.access);
  EXPECT_EQ(stop.fault.address, one.address);
  EXPECT_EQ(stop.fault.pc, guest.start);
  EXPECT_EQ(guest.engine->instructions(), 0u);
  for (const auto& [name, value] : one.before) EXPECT_EQ(guest.reg(name), value) << name;
}

INSTANTIATE_TEST_SUITE_P(
    Every, SmallFaults,
    testing::ValuesIn(std::vector<FaultCase>{
        FaultCase{
            "_68K", {0x80, 0xc1}, {{"d0", 5}, {"d1", 0}}, FaultKind::kArithmetic, "divide by zero"},
        FaultCase{"_68K", {0x4e, 0x76}, {{"sr", 2}}, FaultKind::kArithmetic, "overflow (trapv)"},
        FaultCase{"_68K",
                  {0x41, 0x81},
                  {{"d0", 5}, {"d1", 4}},
                  FaultKind::kArithmetic,
                  "bound range exceeded (chk)"},
        FaultCase{"_68K",
                  {0x30, 0x10},
                  {{"a0", 0x402001}},
                  FaultKind::kMisaligned,
                  "",
                  Access::kRead,
                  0x402001},
        FaultCase{"_68K",
                  {0x20, 0x80},
                  {{"a0", 0x402003}},
                  FaultKind::kMisaligned,
                  "",
                  Access::kWrite,
                  0x402003},
        FaultCase{"_68K",
                  {0x20, 0x18},
                  {{"a0", 0x402001}, {"d0", 7}},
                  FaultKind::kMisaligned,
                  "",
                  Access::kRead,
                  0x402001},
        FaultCase{
            "8086", {0xf7, 0xf1}, {{"ax", 1}, {"cx", 0}}, FaultKind::kArithmetic, "divide error"},
        FaultCase{"8086",
                  {0xf6, 0xf1},
                  {{"ax", 0x1000}, {"cx", 1}},
                  FaultKind::kArithmetic,
                  "divide error"},
        FaultCase{"8086", {0xd4, 0x00}, {{"ax", 1}}, FaultKind::kArithmetic, "divide error"},
        FaultCase{"8086", {0xce}, {{"flags", 0x800}}, FaultKind::kArithmetic, "overflow (into)"},
        FaultCase{"8086", {0xcc}, {}, FaultKind::kBreakpoint, "int3"},
        FaultCase{"8086",
                  {0xf3, 0xaa},
                  {{"cx", 0x100}, {"di", 0xdff0}},
                  FaultKind::kMemory,
                  "",
                  Access::kWrite,
                  0xe000},
        FaultCase{"6502", {0x00, 0x00}, {}, FaultKind::kBreakpoint, "brk $00"},
        FaultCase{"6502",
                  {0x00, 0x80},
                  {{"a", 0xff}, {"x", 0xdf}},
                  FaultKind::kMemory,
                  "",
                  Access::kRead,
                  0xe000}}));

TEST(M68000, FaultsAtAnOddInstruction) {
  SmallGuest guest(*(*EngineTable::built_in().find("_68K"))->isa, {0x4e, 0xf8, 0x40, 0x01});
  guest.set("a0", 0x400801);
  guest.poke(guest.start, {0x4e, 0xd0});  // jmp (a0)
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.kind, FaultKind::kMisaligned);
  EXPECT_EQ(stop.fault.access, Access::kExecute);
  EXPECT_EQ(stop.fault.pc, 0x400801u);
  EXPECT_EQ(guest.engine->instructions(), 1u);
}

}  // namespace
}  // namespace cmos::emu

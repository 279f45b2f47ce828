// The table of engines, and a new CPU in it.
#include <gmock/gmock.h>

#include "tests/emu/guest.h"
#include "tests/emu/small_guest.h"
#include "tests/emu/toy_cpu.h"

namespace cmos::emu {
namespace {

TEST(EngineTable, HasARowForEveryDocumentedArch) {
  for (const char* arch : {"8664", "__86", "_ARM", "AR64", "APPL"}) {
    const auto row = EngineTable::built_in().find(arch);
    ASSERT_TRUE(row) << arch;
    EXPECT_EQ((*row)->isa->arch, arch);
  }
}

TEST(EngineTable, NamesAnUnknownArchAndTheKnownOnes) {
  const auto row = EngineTable::built_in().find("MIPS");
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(row.error().message,
            "no CPU engine for ARCH 'MIPS' (known: 8664, __86, _ARM, AR64, APPL, _CBC, _Z80, 8080, "
            "_68K, 8086, 6502)");
}

TEST(EngineTable, TakesACpuThatWasJustMadeUp) {
  EngineTable table = EngineTable::built_in();
  table.add(toy_cpu_row());
  const auto row = table.find("TOY1");
  ASSERT_TRUE(row);
  GuestMemory memory(32, kMegabyte);
  ASSERT_TRUE(memory.map(kCode, 0x1000, kRead | kExecute, "code"));
  // Adds 10 + 9 + … + 1: set a, 0; set b, 10; set c, 1; loop: add a, b; sub b, c; jump-if-zero b,
  // +1; jump loop; exit
  std::vector<std::uint8_t> code;
  for (const auto& insn : {toy(1, 0, 0), toy(1, 1, 10), toy(1, 2, 1), toy(3, 0, 1), toy(4, 1, 2),
                           toy(8, 1, 1), toy(7, 0, -4), toy(1, 3, 0), toy(9, 0, 0)})
    code.insert(code.end(), insn.begin(), insn.end());
  ASSERT_TRUE(memory.poke(kCode, code));
  const auto engine = (*row)->make(memory, {.count_instructions = true});
  ASSERT_TRUE(engine);
  (*engine)->jump(kCode);
  const Stop stop = (*engine)->run({});
  ASSERT_EQ(stop.reason, StopReason::kSyscall) << stop.fault.detail;
  EXPECT_EQ(stop.syscall.number, 0u);
  EXPECT_EQ(stop.syscall.arguments[0], 55u);
  EXPECT_EQ((*engine)->instructions(), 3u + 10 * 4 - 1 + 2);
}

TEST(Isa, ExitStubsExitWithTheResult) {
  for (const EngineRow& row : EngineTable::built_in().rows()) {
    const Isa& isa = *row.isa;
    if (&isa.cpu == &arch::kCbc) continue;  // Bytecode's stub is known to its engine alone.
    if (isa.cpu.address_bits < 32) {
      SmallGuest guest(isa, {isa.exit_stub.begin(), isa.exit_stub.end()});
      guest.engine->set_result(42);
      const Stop stop = guest.run();
      ASSERT_EQ(stop.reason, StopReason::kSyscall) << isa.arch;
      EXPECT_EQ(stop.syscall.number, 0u);
      EXPECT_EQ(stop.syscall.arguments[0], 42u) << isa.arch;
      continue;
    }
    Guest guest(isa, {isa.exit_stub.begin(), isa.exit_stub.end()});
    guest.engine->write_register(isa.number, 77);
    guest.engine->write_register(isa.result, 42);
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kSyscall) << isa.arch;
    EXPECT_EQ(stop.syscall.number, 0u);
    EXPECT_EQ(stop.syscall.arguments[0], 42u);
  }
}

TEST(Isa, ProgramsStartWithEveryRegisterZero) {
  for (const EngineRow& row : EngineTable::built_in().rows()) {
    const Isa& isa = *row.isa;
    if (isa.cpu.address_bits < 32) {
      GuestMemory memory(isa.cpu.address_bits, kMegabyte);
      const auto engine = row.make(memory, {});
      ASSERT_TRUE(engine);
      for (std::size_t i = 0; i < isa.cpu.general().size(); ++i)
        EXPECT_EQ((*engine)->read_register(static_cast<RegisterIndex>(i)), 0u)
            << isa.arch << isa.cpu.general()[i].name;
      continue;
    }
    Guest guest(isa, {});
    for (std::size_t i = 0; i + 1 < isa.cpu.general().size(); ++i) {
      // Bytecode's frames lie on a stack of their own.
      const bool frame = &isa.cpu == &arch::kCbc && i == isa.cpu.frame;
      if (i != isa.cpu.sp && i != isa.cpu.pc && !frame) {
        EXPECT_EQ(guest.engine->read_register(static_cast<RegisterIndex>(i)), 0u)
            << isa.arch << isa.cpu.general()[i].name;
      }
    }
  }
}

}  // namespace
}  // namespace cmos::emu

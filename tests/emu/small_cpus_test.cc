// What every engine of a small CPU does alike: traps, counts, steps, faults (emu/engine.h).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "tests/emu/small_guest.h"

namespace cmos::emu {
namespace {

/// One CPU and a few pieces of its code.
struct SmallCpu {
  std::string_view arch;
  std::vector<std::uint8_t> nop;
  std::vector<std::uint8_t> trap;
  Registers call;                        ///< number 0x43, arguments 0x1122, 0x3344, 0x5566
  std::vector<std::uint8_t> block = {};  ///< of arguments, at 0x800
  std::vector<std::uint8_t> loop;        ///< jumps to itself
  std::vector<std::uint8_t> write_outside, read_outside;  ///< of memory, by a pointer in `pointer`
  Registers pointer;
  std::vector<std::pair<std::vector<std::uint8_t>, std::string>> illegal;
  std::vector<std::pair<std::vector<std::uint8_t>, std::string>> bad_traps = {};

  const Isa& isa() const { return *(*EngineTable::built_in().find(arch))->isa; }
  friend void PrintTo(const SmallCpu& cpu, std::ostream* out) { *out << cpu.arch; }
};

using Code = std::vector<std::uint8_t>;

std::vector<SmallCpu> small_cpus() {
  const Registers z80_call{{"af", 0x4300}, {"hl", 0x1122}, {"de", 0x3344}, {"bc", 0x5566}};
  const std::string halt = "HALT, and no interrupt will come";
  const std::string undefined = "undefined instruction", privileged = "privileged instruction";
  return {
      {.arch = "_Z80",
       .nop = {0x00},
       .trap = {0xf7},
       .call = z80_call,
       .loop = {0x18, 0xfe},
       .write_outside = {0x77},
       .read_outside = {0x7e},
       .pointer = {{"hl", 0xe000}},
       .illegal = {{{0x76}, halt}}},
      {.arch = "8080",
       .nop = {0x00},
       .trap = {0xf7},
       .call = z80_call,
       .loop = {0xc3, 0x00, 0x01},
       .write_outside = {0x77},
       .read_outside = {0x7e},
       .pointer = {{"hl", 0xe000}},
       .illegal = {{{0x76}, "HLT, and no interrupt will come"}}},
      {.arch = "_68K",
       .nop = {0x4e, 0x71},
       .trap = {0x4e, 0x40},
       .call = {{"d0", 0x43}, {"d1", 0x1122}, {"d2", 0x3344}, {"d3", 0x5566}},
       .loop = {0x60, 0xfe},
       .write_outside = {0x20, 0x80},  // move.l d0, (a0)
       .read_outside = {0x20, 0x10},   // move.l (a0), d0
       .pointer = {{"a0", 0x40dffe}},
       .illegal = {{{0x4a, 0xfc}, "illegal"},
                   {{0xa0, 0x00}, "line-A instruction"},
                   {{0xf2, 0x00}, "line-F instruction"},
                   {{0x4e, 0x72, 0x20, 0x00}, privileged},  // stop
                   {{0x46, 0xfc, 0x20, 0x00}, privileged},  // move #, sr
                   {{0x4e, 0x73}, privileged},              // rte
                   {{0x48, 0xfa}, undefined},
                   {{0x61, 0xff, 0x00, 0x00}, ""}},
       .bad_traps = {{{0x4e, 0x41}, "trap #1"}, {{0x4e, 0x4f}, "trap #15"}}},
      {.arch = "8086",
       .nop = {0x90},
       .trap = {0xcd, 0x80},
       .call = {{"ax", 0x43}, {"bx", 0x1122}, {"cx", 0x3344}, {"dx", 0x5566}},
       .loop = {0xeb, 0xfe},
       .write_outside = {0x89, 0x07},  // mov [bx], ax
       .read_outside = {0x8b, 0x07},
       .pointer = {{"bx", 0xdfff}},
       .illegal = {{{0xf4}, "HLT, and no interrupt will come"},
                   {{0x60}, undefined},        // pusha of the 80186
                   {{0x0f, 0xa2}, undefined},  // cpuid
                   {{0xd9, 0xe8}, "there is no coprocessor"},
                   {{0xe4, 0x20}, "in and out: there are no ports"}},
       .bad_traps = {{{0xcd, 0x21}, "int 0x21"}, {{0xcd, 0x81}, "int 0x81"}}},
      {.arch = "6502",
       .nop = {0xea},
       .trap = {0x00, 0x80},
       .call = {{"y", 0x43}, {"a", 0x00}, {"x", 0x08}},
       .block = {0x22, 0x11, 0x44, 0x33, 0x66, 0x55},
       .loop = {0x4c, 0x00, 0x02},
       .write_outside = {0x8d, 0x00, 0xe0},
       .read_outside = {0xad, 0x00, 0xe0},
       .pointer = {},
       .illegal = {{{0x02}, undefined}, {{0xa3, 0x00}, undefined}, {{0x89, 0x00}, undefined}}},
  };
}

class SmallCpus : public testing::TestWithParam<SmallCpu> {
 protected:
  static Code after_two_nops(const Code& code) {
    const SmallCpu& cpu = GetParam();
    Code all = cpu.nop;
    all.insert(all.end(), cpu.nop.begin(), cpu.nop.end());
    all.insert(all.end(), code.begin(), code.end());
    return all;
  }
  static std::uint64_t nops() { return 2 * GetParam().nop.size(); }

  static std::vector<std::uint64_t> registers(const SmallGuest& guest) {
    std::vector<std::uint64_t> values;
    for (std::size_t i = 0; i < guest.engine->isa().cpu.general().size(); ++i)
      values.push_back(guest.engine->read_register(static_cast<RegisterIndex>(i)));
    return values;
  }

  static void expect_fault(const Code& code, FaultKind kind, const std::string& detail) {
    const SmallCpu& cpu = GetParam();
    SmallGuest guest(cpu.isa(), after_two_nops(code));
    const Stop stop = guest.run(100);
    ASSERT_EQ(stop.reason, StopReason::kFault) << detail;
    EXPECT_EQ(stop.fault.kind, kind) << detail;
    EXPECT_EQ(stop.fault.detail, detail);
    EXPECT_EQ(stop.fault.pc, guest.start + nops());
    EXPECT_EQ(guest.pc(), guest.start + nops());
    EXPECT_EQ(guest.engine->instructions(), 2u);
  }
};

TEST_P(SmallCpus, StopAtTheirTrapWithNumberArgumentsAndTheNextPc) {
  const SmallCpu& cpu = GetParam();
  SmallGuest guest(cpu.isa(), after_two_nops(cpu.trap));
  guest.poke(guest.base + 0x800, cpu.block);
  guest.set(cpu.call);
  const auto before = registers(guest);
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kSyscall) << stop.fault.detail;
  EXPECT_EQ(stop.syscall.number, 0x43u);
  EXPECT_THAT(stop.syscall.arguments, testing::ElementsAre(0x1122, 0x3344, 0x5566));
  EXPECT_EQ(stop.syscall.pc, guest.start + nops());
  EXPECT_EQ(guest.pc(), guest.start + nops() + cpu.trap.size());
  EXPECT_EQ(guest.engine->instructions(), 3u);
  auto after = registers(guest);
  after[cpu.isa().cpu.pc] = before[cpu.isa().cpu.pc];
  if (cpu.arch == "_Z80") after[12] = before[12];  // r counts what is fetched
  EXPECT_EQ(after, before);
}

TEST_P(SmallCpus, TakeTheResultWhereTheirConventionSays) {
  const SmallCpu& cpu = GetParam();
  SmallGuest guest(cpu.isa(), cpu.trap);
  guest.engine->set_result(0xfffe);
  const std::uint64_t low = guest.engine->read_register(cpu.isa().result);
  EXPECT_EQ(low, cpu.arch == "6502" ? 0xfeu : 0xfffeu);
  if (cpu.arch == "6502") {
    EXPECT_EQ(guest.reg("x"), 0xffu);
  }
}

TEST_P(SmallCpus, EndBudgetsExactlyAndStep) {
  const SmallCpu& cpu = GetParam();
  SmallGuest guest(cpu.isa(), cpu.loop);
  EXPECT_EQ(guest.run(12345).reason, StopReason::kBudget);
  EXPECT_EQ(guest.engine->instructions(), 12345u);
  EXPECT_EQ(guest.pc(), guest.start);
  EXPECT_EQ(guest.engine->step().reason, StopReason::kBudget);
  EXPECT_EQ(guest.engine->instructions(), 12346u);
  SmallGuest uncounted(cpu.isa(), cpu.loop, {});
  EXPECT_EQ(uncounted.run(7).reason, StopReason::kBudget);
  EXPECT_EQ(uncounted.engine->instructions(), 0u);
}

TEST_P(SmallCpus, EndWhenAskedFromAnotherThreadAndStayEnded) {
  const SmallCpu& cpu = GetParam();
  SmallGuest guest(cpu.isa(), cpu.loop);
  std::thread other([&] { guest.engine->request_stop(); });
  EXPECT_EQ(guest.run().reason, StopReason::kRequested);
  other.join();
  EXPECT_EQ(guest.run().reason, StopReason::kRequested);
  EXPECT_EQ(guest.engine->step().reason, StopReason::kRequested);
  guest.engine->clear_stop();
  EXPECT_EQ(guest.run(3).reason, StopReason::kBudget);
}

TEST_P(SmallCpus, FaultAtAccessesOutsideOfMemoryAndKeepTheirRegisters) {
  const SmallCpu& cpu = GetParam();
  const std::uint64_t end = (cpu.isa().cpu.load_address & ~0xfffull) + kSmallSize;
  for (const bool writes : {true, false}) {
    SmallGuest guest(cpu.isa(), after_two_nops(writes ? cpu.write_outside : cpu.read_outside));
    guest.set(cpu.pointer);
    ASSERT_EQ(guest.run(2).reason, StopReason::kBudget);
    const auto before = registers(guest);
    const Stop stop = guest.run();
    ASSERT_EQ(stop.reason, StopReason::kFault);
    EXPECT_EQ(stop.fault.kind, FaultKind::kMemory);
    EXPECT_EQ(stop.fault.access, writes ? Access::kWrite : Access::kRead);
    EXPECT_EQ(stop.fault.address, end);
    EXPECT_EQ(stop.fault.pc, guest.start + nops());
    EXPECT_TRUE(stop.fault.pc_exact);
    auto after = registers(guest);
    if (cpu.arch == "_Z80") after[12] = before[12];
    EXPECT_EQ(after, before);
    EXPECT_EQ(guest.engine->instructions(), 2u);
    // Nothing of a store across the end of memory is done.
    if (writes) {
      EXPECT_EQ(guest.byte(end - 1), 0);
    }
  }
}

TEST_P(SmallCpus, FaultWhereNothingCanBeExecuted) {
  const SmallCpu& cpu = GetParam();
  SmallGuest guest(cpu.isa(), cpu.nop);
  guest.engine->jump(guest.base + kSmallSize);
  const Stop stop = guest.run();
  ASSERT_EQ(stop.reason, StopReason::kFault);
  EXPECT_EQ(stop.fault.kind, FaultKind::kMemory);
  EXPECT_EQ(stop.fault.access, Access::kExecute);
  EXPECT_EQ(stop.fault.address, guest.base + kSmallSize);
}

TEST_P(SmallCpus, RefuseWhatTheyDoNotKnow) {
  for (const auto& [code, detail] : GetParam().illegal)
    if (!detail.empty()) expect_fault(code, FaultKind::kIllegalInstruction, detail);
  for (const auto& [code, detail] : GetParam().bad_traps)
    expect_fault(code, FaultKind::kBadTrap, detail);
}

TEST_P(SmallCpus, ExecuteWhatTheyHaveWritten) {
  const SmallCpu& cpu = GetParam();
  SmallGuest guest(cpu.isa(), cpu.loop);
  ASSERT_EQ(guest.run(5).reason, StopReason::kBudget);
  guest.poke(guest.start, cpu.trap);
  EXPECT_EQ(guest.run(1).reason, StopReason::kSyscall);
}

TEST_P(SmallCpus, AreCalledAsTheirDocumentationSays) {
  const Isa& isa = GetParam().isa();
  std::ifstream file(CMOS_SOURCE_DIR "/docs/abi.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT(
      text, testing::HasSubstr(fmt::format("| `{}` | `{}` | {} | {} | {} | 0x{:04x} |\n", isa.arch,
                                           isa.traps, isa.number_name(), isa.arguments_text(),
                                           isa.result_name(), isa.cpu.load_address)));
}

INSTANTIATE_TEST_SUITE_P(Every, SmallCpus, testing::ValuesIn(small_cpus()),
                         [](const auto& one) { return "Arch" + std::string(one.param.arch); });

}  // namespace
}  // namespace cmos::emu

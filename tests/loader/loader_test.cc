// What a program finds in memory and registers when it starts (abi 1.3, 2).
#include "loader/loader.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/loader/register_file.h"

namespace cmos::loader {
namespace {

using cpe::Executable;
using cpe::ReadResult;
using emu::GuestMemory;

constexpr std::uint64_t kPlenty = 64ull << 20;
constexpr emu::Permissions kRx = emu::kRead | emu::kExecute;
constexpr emu::Permissions kRw = emu::kRead | emu::kWrite;

/// Code bytes are the low byte of their offset, plus one.
std::uint8_t code_byte(std::uint64_t offset) {
  return static_cast<std::uint8_t>(offset + 1);
}

ReadResult program(std::size_t raw, std::vector<cpe::Symbol> symbols = {}) {
  Executable executable;
  executable.arch = "8664";
  executable.symbols = std::move(symbols);
  for (std::size_t i = 0; i < raw; ++i) executable.code.push_back(code_byte(i));
  const auto bytes = cpe::write(executable);
  EXPECT_TRUE(bytes) << bytes.error().text();
  auto parsed = cpe::read(*bytes, "t.cpe");
  EXPECT_TRUE(parsed) << parsed.error().text();
  return *parsed;
}

/// Code and constants fill a page each, variables begin with 16 raw bytes.
ReadResult protected_program(std::uint32_t image_end = 0x2345) {
  return program(0x2010, {{std::string(cpe::kConstStart), 0x1000},
                          {std::string(cpe::kVarStart), 0x2000},
                          {std::string(cpe::kImageEnd), image_end}});
}

std::uint8_t byte_at(const GuestMemory& memory, std::uint64_t address) {
  std::uint8_t byte = 0xee;
  EXPECT_TRUE(memory.peek(address, {&byte, 1})) << std::hex << address;
  return byte;
}

std::string map_of(const GuestMemory& memory) {
  std::string text;
  for (const auto& [base, region] : memory.regions()) {
    char line[128];
    std::snprintf(line, sizeof line, "%llx-%llx %c%c%c %s\n", static_cast<unsigned long long>(base),
                  static_cast<unsigned long long>(region.end()),
                  (region.permissions & emu::kRead) ? 'r' : '-',
                  (region.permissions & emu::kWrite) ? 'w' : '-',
                  (region.permissions & emu::kExecute) ? 'x' : '-', region.name.c_str());
    text += line;
  }
  return text;
}

TEST(Loader, BoundarySymbolsBecomePermissions) {
  GuestMemory memory(64, kPlenty);
  const auto placement = load(protected_program(), emu::kX8664, memory, {});
  ASSERT_TRUE(placement) << placement.error().text();
  EXPECT_EQ(map_of(memory),
            "400000-401000 r-x code\n"
            "401000-402000 r-- const\n"
            "402000-403000 rw- var\n"
            "6ff00000-70000000 rw- stack\n"
            "70010000-70011000 r-x exit stub\n");
  EXPECT_EQ(placement->image_base, 0x400000u);
  EXPECT_EQ(placement->image_end, 0x403000u);
  EXPECT_EQ(placement->heap_base, 0x410000u);
  EXPECT_EQ(placement->heap_limit, 0x6fef0000u);
  EXPECT_EQ(placement->stack_base, 0x6ff00000u);
  EXPECT_EQ(placement->stack_top, 0x70000000u);
}

TEST(Loader, WritableMemoryIsNeverExecutable) {
  GuestMemory memory(64, kPlenty);
  ASSERT_TRUE(load(protected_program(0x10'0000), emu::kX8664, memory, {}));
  for (const auto& [base, region] : memory.regions()) {
    EXPECT_FALSE((region.permissions & emu::kWrite) && (region.permissions & emu::kExecute))
        << region.name;
  }
}

TEST(Loader, RawBytesAreCopiedAndTheRestIsZero) {
  GuestMemory memory(64, kPlenty);
  ASSERT_TRUE(load(protected_program(0x4800), emu::kX8664, memory, {}));
  for (const std::uint64_t offset : {0x0u, 0xfffu, 0x1000u, 0x1fffu, 0x2000u, 0x200fu}) {
    EXPECT_EQ(byte_at(memory, 0x400000 + offset), code_byte(offset)) << offset;
  }
  // The file pads CODE with zeros, then come the zero-filled bytes.
  for (std::uint64_t offset = 0x2010; offset < 0x5000; offset += 0x10) {
    EXPECT_EQ(byte_at(memory, 0x400000 + offset), 0) << offset;
  }
  EXPECT_EQ(memory.find(0x405000), nullptr);
}

TEST(Loader, BytesAfterTheImageEndAreNotLoaded) {
  GuestMemory memory(64, kPlenty);
  ASSERT_TRUE(load(protected_program(0x2008), emu::kX8664, memory, {}));
  EXPECT_EQ(byte_at(memory, 0x402007), code_byte(0x2007));
  EXPECT_EQ(byte_at(memory, 0x402008), 0);
}

TEST(Loader, VariablesMayConsistOfZerosOnly) {
  GuestMemory memory(64, kPlenty);
  const auto file = program(
      0x800, {{std::string(cpe::kVarStart), 0x1000}, {std::string(cpe::kImageEnd), 0x3000}});
  ASSERT_TRUE(load(file, emu::kX8664, memory, {}));
  EXPECT_EQ(byte_at(memory, 0x4007ff), code_byte(0x7ff));
  EXPECT_EQ(byte_at(memory, 0x401000), 0);
  EXPECT_EQ(byte_at(memory, 0x402fff), 0);
  EXPECT_TRUE(memory.accessible(0x401000, 0x2000, kRw));
  EXPECT_FALSE(memory.accessible(0x401000, 1, emu::kExecute));
}

TEST(Loader, WithoutBoundariesTheImageIsOneOpenRange) {
  GuestMemory memory(64, kPlenty);
  ASSERT_TRUE(load(program(0x1001), emu::kX8664, memory, {}));
  EXPECT_TRUE(memory.accessible(0x400000, 0x2000, kRw | kRx));
  EXPECT_EQ(byte_at(memory, 0x401000), code_byte(0x1000));
}

TEST(Loader, NoProtectIgnoresTheBoundaries) {
  GuestMemory memory(64, kPlenty);
  const auto placement = load(protected_program(0x4800), emu::kX8664, memory, {.protect = false});
  ASSERT_TRUE(placement);
  EXPECT_TRUE(memory.accessible(0x400000, 0x5000, kRw | kRx));
  EXPECT_EQ(placement->image_end, 0x405000u);
  EXPECT_EQ(byte_at(memory, 0x401000), code_byte(0x1000));
}

TEST(Loader, TheNullPageAndTheGuardsStayUnmapped) {
  GuestMemory memory(64, kPlenty);
  const auto placement = load(program(32), emu::kX8664, memory, {});
  ASSERT_TRUE(placement);
  EXPECT_EQ(memory.find(0), nullptr);
  EXPECT_EQ(memory.find(4095), nullptr);
  EXPECT_EQ(memory.find(placement->stack_base - 1), nullptr);
  EXPECT_EQ(memory.find(placement->stack_base - kStackGuard), nullptr);
  EXPECT_EQ(memory.find(placement->stack_top), nullptr);
  EXPECT_EQ(memory.find(placement->image_end), nullptr);
  EXPECT_EQ(memory.describe(8), "the null page");
  EXPECT_EQ(memory.describe(placement->stack_base - 16), "0xfff0 bytes into stack guard");
}

TEST(Loader, HeapBeginsBehindAFreePageAt64K) {
  struct Case {
    std::size_t raw;
    std::uint64_t heap;
  };
  for (const auto& [raw, heap] : {Case{1, 0x410000}, Case{0xf000, 0x410000}, Case{0xf001, 0x420000},
                                  Case{0x10000, 0x420000}, Case{0x1f000, 0x420000}}) {
    GuestMemory memory(64, kPlenty);
    const auto placement = load(program(raw - (raw % 16 == 0 ? 4 : 0)), emu::kX8664, memory, {});
    ASSERT_TRUE(placement);
    EXPECT_EQ(placement->heap_base, heap) << raw;
    EXPECT_GE(placement->heap_base - placement->image_end, emu::kGuestPage);
  }
}

TEST(Loader, StackSizeIsRoundedToPages) {
  GuestMemory memory(32, kPlenty);
  const auto placement = load(program(32), emu::kX86, memory, {.stack_size = 1});
  ASSERT_TRUE(placement);
  EXPECT_EQ(placement->stack_base, kStackTop - 4096);
  EXPECT_EQ(placement->heap_limit, kStackTop - 4096 - kStackGuard);
}

TEST(Loader, ExitStubIsCodeThatCannotBeChanged) {
  GuestMemory memory(64, kPlenty);
  ASSERT_TRUE(load(program(32), emu::kArm64, memory, {}));
  EXPECT_FALSE(memory.accessible(kExitStub, 1, emu::kWrite));
  ASSERT_TRUE(memory.accessible(kExitStub, emu::kArm64.exit_stub.size(), kRx));
  for (std::size_t i = 0; i < emu::kArm64.exit_stub.size(); ++i) {
    EXPECT_EQ(byte_at(memory, kExitStub + i), emu::kArm64.exit_stub[i]);
  }
}

std::string refusal(const ReadResult& file, std::uint64_t limit, std::uint64_t stack) {
  GuestMemory memory(64, limit);
  const auto placement = load(file, emu::kX8664, memory, {.stack_size = stack});
  if (placement) return "loaded";
  EXPECT_EQ(placement.error().code, ErrorCode::kLimit);
  EXPECT_TRUE(memory.regions().empty()) << "a refused load maps nothing";
  return placement.error().text();
}

TEST(Loader, MemoryLimitCoversImageAndStack) {
  const auto file = program(0x1000 - 4);
  EXPECT_EQ(refusal(file, 3 * 4096, 4096), "loaded");
  EXPECT_EQ(refusal(file, 3 * 4096 - 1, 4096),
            "image: found 4096 bytes of memory with a stack of 4096 bytes, expected at most 12287 "
            "bytes in all");
  EXPECT_EQ(refusal(protected_program(0x6000'0000), kPlenty, 4096),
            "image: found 1610612736 bytes of memory with a stack of 4096 bytes, expected at most "
            "67108864 bytes in all");
}

TEST(Loader, StackMustLeaveRoomForTheImage) {
  constexpr std::uint64_t kRoom = kStackTop - kStackGuard - 0x40'0000;
  const auto file = program(0x1000 - 4);
  EXPECT_EQ(refusal(file, UINT64_MAX, 0),
            "stack size: found 0 bytes, expected 1 to 1874784256 bytes");
  EXPECT_EQ(refusal(file, kPlenty, kRoom - 4096),
            "image: found 4096 bytes of memory with a stack of 1874784256 bytes, expected at most "
            "67108864 bytes in all");
  EXPECT_EQ(refusal(file, UINT64_MAX, kRoom - 4095),
            "stack size: found 1874784257 bytes, expected 1 to 1874784256 bytes");
  EXPECT_EQ(refusal(file, UINT64_MAX, UINT64_MAX),
            "stack size: found 18446744073709551615 bytes, expected 1 to 1874784256 bytes");
  EXPECT_EQ(
      refusal(protected_program(0x6faf'0000), UINT64_MAX, 1 << 21),
      "image: found 1873739776 bytes of memory, expected 1 to 1872691200 bytes, below a stack "
      "of 2097152 bytes");
}

class LoaderStart : public testing::TestWithParam<const emu::Isa*> {};

TEST_P(LoaderStart, RegistersAreZeroButTheStackAndTheWayBack) {
  const emu::Isa& isa = *GetParam();
  GuestMemory memory(isa.cpu.address_bits, kPlenty);
  auto file = program(64);
  file.entry = 33;
  const auto placement = load(file, isa, memory, {});
  ASSERT_TRUE(placement);
  RegisterFile engine(isa);
  ASSERT_TRUE(start(engine, memory, *placement));

  EXPECT_EQ(engine.jumped_to, 0x400021u) << "bit 0 says Thumb, and is the engine's to interpret";
  for (emu::RegisterIndex index = 0; index < isa.cpu.pc; ++index) {
    if (index == isa.cpu.sp || index == isa.cpu.link) continue;
    EXPECT_EQ(engine.read_register(index), 0u) << isa.cpu.general()[index].name;
  }
  const std::uint64_t sp = engine.read_register(isa.cpu.sp);
  if (isa.cpu.return_style == arch::ReturnStyle::kPushed) {
    EXPECT_EQ((sp + isa.cpu.pointer_bytes()) % 16, 0u) << "as after a call";
    std::uint64_t back = 0;
    std::uint8_t bytes[8]{};
    ASSERT_TRUE(memory.read(sp, std::span(bytes).first(isa.cpu.pointer_bytes())));
    for (unsigned i = 0; i < 8; ++i) back |= std::uint64_t{bytes[i]} << (8 * i);
    EXPECT_EQ(back, kExitStub);
  } else {
    EXPECT_EQ(sp % 16, 0u);
    EXPECT_EQ(engine.read_register(isa.cpu.link), kExitStub);
  }
  // Arguments that a 32-bit C function would look for above its return address read as zero.
  EXPECT_TRUE(memory.accessible(sp, 32, kRw));
  EXPECT_EQ(byte_at(memory, sp + isa.cpu.pointer_bytes()), 0);
}

INSTANTIATE_TEST_SUITE_P(AllArchs, LoaderStart,
                         testing::Values(&emu::kX8664, &emu::kX86, &emu::kArm, &emu::kArm64,
                                         &emu::kApple),
                         [](const auto& row) {
                           const std::string arch(row.param->arch);
                           return arch == "__86" ? "X86" : arch == "_ARM" ? "ARM32" : "A" + arch;
                         });

}  // namespace
}  // namespace cmos::loader

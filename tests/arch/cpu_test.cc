#include "arch/cpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace cmos::arch {
namespace {

TEST(Cpu, RolesAndCountsAreInsideTheTable) {
  for (const Cpu* cpu : cpus()) {
    SCOPED_TRACE(cpu->name);
    const std::size_t count = cpu->registers.size();
    ASSERT_LT(count, kNoRegister);
    EXPECT_LE(cpu->general_count, count);
    EXPECT_LT(cpu->pc, cpu->general_count);
    EXPECT_LT(cpu->sp, cpu->general_count);
    for (const RegisterIndex role : {cpu->frame, cpu->link, cpu->result})
      EXPECT_TRUE(role == kNoRegister || role < cpu->general_count);
    EXPECT_EQ(cpu->link != kNoRegister, cpu->return_style == ReturnStyle::kLinkRegister);
    EXPECT_LE(cpu->registers[cpu->pc].bits, cpu->pointer_bits);
    for (const Register& one : cpu->general()) EXPECT_LE(one.bits, 64) << one.name;
    EXPECT_EQ(cpu->pointer_bits % 8, 0);
    ASSERT_FALSE(cpu->decodings.empty());
    EXPECT_EQ(cpu->decodings.front().decoding, Decoding::kNative);
    EXPECT_LE(cpu->min_instruction(), cpu->max_instruction());
  }
}

TEST(Cpu, NoNumberAndNoNameStandsTwice) {
  std::set<std::string_view> codes, cpu_names;
  for (const Cpu* cpu : cpus()) {
    SCOPED_TRACE(cpu->name);
    EXPECT_TRUE(cpu_names.insert(cpu->name).second);
    for (const ArchCode& code : cpu->codes) {
      EXPECT_EQ(code.code.size(), 4u);
      EXPECT_TRUE(codes.insert(code.code).second) << code.code;
    }
    std::set<std::string_view> names;
    std::set<int> dwarf, gdb;
    for (const Register& one : cpu->registers) {
      EXPECT_TRUE(names.insert(one.name).second) << one.name;
      if (one.dwarf != kNoNumber) {
        EXPECT_TRUE(dwarf.insert(one.dwarf).second) << one.name;
      }
      if (one.gdb.number == kNoNumber) continue;
      EXPECT_TRUE(gdb.insert(one.gdb.number).second) << one.name;
      EXPECT_LT(one.gdb.feature, cpu->gdb_features.size()) << one.name;
    }
  }
}

// The numbers of the ABIs and of gdb's target descriptions, where a mistake would be likely.
TEST(Cpu, RegistersAreNumberedAsDwarfAndGdbNumberThem) {
  struct Case {
    const Cpu& cpu;
    std::string_view name;
    int dwarf, gdb;
  };
  for (const Case& one : {
           Case{kX8664, "rdx", 1, 3},     Case{kX8664, "rbx", 3, 1},
           Case{kX8664, "rip", 16, 16},   Case{kX8664, "rflags", 49, 17},
           Case{kX8664, "gs", 55, 23},    Case{kX8664, "st7", 40, 31},
           Case{kX8664, "xmm15", 32, 55}, Case{kX8664, "mxcsr", 64, 56},
           Case{kX86, "esp", 4, 4},       Case{kX86, "edi", 7, 7},
           Case{kX86, "gs", 45, 15},      Case{kX86, "fctrl", 37, 24},
           Case{kX86, "xmm7", 28, 39},    Case{kX86, "mxcsr", 39, 40},
           Case{kArm, "lr", 14, 14},      Case{kArm, "cpsr", -1, 25},
           Case{kArm, "d31", 287, 57},    Case{kArm, "fpscr", -1, 58},
           Case{kArm64, "sp", 31, 31},    Case{kArm64, "nzcv", -1, 33},
           Case{kArm64, "v31", 95, 65},   Case{kArm64, "fpcr", -1, 67},
           Case{kZ80, "sp", -1, 4},       Case{kZ80, "ir", -1, 12},
           Case{kM68k, "a6", 14, 14},     Case{kM68k, "pc", 24, 17},
       }) {
    SCOPED_TRACE(one.name);
    const RegisterIndex index = one.cpu.register_named(one.name);
    ASSERT_NE(index, kNoRegister);
    EXPECT_EQ(one.cpu.registers[index].dwarf, one.dwarf);
    EXPECT_EQ(one.cpu.registers[index].gdb.number, one.gdb);
    if (one.dwarf >= 0) {
      EXPECT_EQ(one.cpu.register_of_dwarf(one.dwarf), index);
    }
    EXPECT_EQ(one.cpu.register_of_gdb(one.gdb), index);
  }
  EXPECT_EQ(kX8664.register_of_dwarf(-1), kNoRegister);
  EXPECT_EQ(kX8664.register_named("eax"), kNoRegister);
}

TEST(Cpu, CodesLeadToRows) {
  EXPECT_EQ(find("AR64"), &kArm64);
  EXPECT_EQ(find("APPL"), &kArm64);
  EXPECT_EQ(find("_68K"), &kM68k);
  EXPECT_EQ(find("PPC\0"), nullptr);
  EXPECT_EQ(kArm64.usual_code(), "AR64");
  EXPECT_EQ(find_code("APPL")->description, "Apple silicon");
  EXPECT_EQ(named("x86-64"), &kX8664);
  EXPECT_THAT(documented_codes(), testing::ElementsAre("8664", "__86", "_ARM", "AR64", "APPL"));
  for (const Cpu* cpu : cpus()) {
    for (const ArchCode& one : cpu->codes) {
      const bool listed = testing::Matches(testing::Contains(one.code))(documented_codes());
      EXPECT_EQ(one.standing == ArchCode::Standing::kDocumented, listed) << one.code;
    }
  }
}

TEST(Cpu, ElfMachinesLeadToRows) {
  EXPECT_EQ(of_elf(62, 64, ByteOrder::kLittle), &kX8664);
  EXPECT_EQ(of_elf(62, 32, ByteOrder::kLittle), nullptr);  // x32
  EXPECT_EQ(of_elf(4, 32, ByteOrder::kBig), &kM68k);
  EXPECT_EQ(of_elf(40, 32, ByteOrder::kBig), nullptr);
  EXPECT_EQ(of_elf(0, 0, ByteOrder::kLittle), nullptr);
}

TEST(Cpu, WidthsAndDecodings) {
  EXPECT_EQ(kX8664.pointer_mask(), ~0ull);
  EXPECT_EQ(kZ80.pointer_mask(), 0xffffu);
  EXPECT_EQ(kM68k.pointer_bytes(), 4u);
  EXPECT_TRUE(kArm.knows(Decoding::kThumb));
  EXPECT_FALSE(kArm64.knows(Decoding::kThumb));
  EXPECT_EQ(kArm.min_instruction(), 2u);
  EXPECT_EQ(kArm.find(Decoding::kNative)->min_instruction, 4);
}

TEST(Cpu, RowsCanBeAdded) {
  static constexpr Register kRegisters[] = {{"pc", 16}, {"sp", 16}};
  static constexpr DecodingInfo kDecodings[] = {{Decoding::kNative, "x", 1, 1, 1}};
  static constexpr ArchCode kCodes[] = {{"MADE", "made up"}, {"8664", "taken"}};
  static const Cpu kMade{.name = "made up",
                         .codes = kCodes,
                         .description = "of this test",
                         .word_bits = 16,
                         .pointer_bits = 16,
                         .address_bits = 16,
                         .registers = kRegisters,
                         .general_count = 2,
                         .pc = 0,
                         .sp = 1,
                         .decodings = kDecodings};
  add(kMade);
  EXPECT_EQ(find("MADE"), &kMade);
  EXPECT_EQ(find("8664"), &kX8664);
  EXPECT_EQ(cpus().back(), &kMade);
}

}  // namespace
}  // namespace cmos::arch

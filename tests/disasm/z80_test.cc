// Z80 and 8080. That every opcode is what z80dasm says is tests/disasm/z80_opcodes.py's business.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "disasm/disasm.h"

namespace cmos::disasm {
namespace {

std::string listing(std::string_view arch, std::vector<std::uint8_t> code,
                    Syntax syntax = Syntax::kIntel) {
  auto disassembler = Disassembler::open(arch, false, syntax);
  EXPECT_TRUE(disassembler) << arch;
  std::string out;
  if (!disassembler) return out;
  for (const Instruction& one : disassembler->decode_all(code, 0x100, 1000))
    out += fmt::format("{}{}", out.empty() ? "" : "; ", one.text());
  return out;
}

TEST(Z80, numbers_and_targets) {
  EXPECT_EQ(listing("_Z80", {0x21, 0x34, 0x12, 0x3e, 0xff, 0x18, 0xfe, 0x10, 0x02}),
            "ld hl, 0x1234; ld a, 0xff; jr 0x0105; djnz 0x010b");
  EXPECT_EQ(listing("_Z80", {0xed, 0x4b, 0x00, 0x10, 0x32, 0xcd, 0xab, 0xd3, 0x01}),
            "ld bc, (0x1000); ld (0xabcd), a; out (0x01), a");
}

TEST(Z80, index_registers) {
  EXPECT_EQ(listing("_Z80", {0xdd, 0x36, 0x05, 0x07, 0xfd, 0xcb, 0xfe, 0x46, 0xdd, 0x66, 0x01}),
            "ld (ix+0x05), 0x07; bit 0, (iy-0x02); ld h, (ix+0x01)");
  EXPECT_EQ(listing("_Z80", {0xdd, 0x29, 0xdd, 0xe9, 0xfd, 0x26, 0x01, 0xdd, 0x6c, 0xfd, 0x85}),
            "add ix, ix; jp (ix); ld iyh, 0x01; ld ixl, ixh; add a, iyl");
  EXPECT_EQ(listing("_Z80", {0xdd, 0xcb, 0x03, 0x00}), "rlc (ix+0x03), b");
  // A prefix that changes nothing is data, and so is code that ends too early.
  EXPECT_EQ(listing("_Z80", {0xdd, 0x00, 0xdd, 0xeb, 0xed, 0x00, 0x21, 0x00}),
            ".byte 0xdd; nop; .byte 0xdd; ex de, hl; .byte 0xed; nop; .byte 0x21; nop");
}

TEST(Z80, eight_thousand_eighty_in_both_styles) {
  const std::vector<std::uint8_t> code{0x21, 0x34, 0x12, 0x7e, 0xc2, 0x00, 0x01,
                                       0xf5, 0xd3, 0x07, 0xe9, 0x08, 0xff, 0x76};
  EXPECT_EQ(
      listing("8080", code),
      "lxi h, 0x1234; mov a, m; jnz 0x0100; push psw; out 0x07; pchl; .byte 0x08; rst 7; hlt");
  EXPECT_EQ(
      listing("8080", code, Syntax::kZilog),
      "ld hl, 0x1234; ld a, (hl); jp nz, 0x0100; push af; out (0x07), a; jp (hl); .byte 0x08; "
      "rst 0x38; halt");
}

// Table of the 8080's documentation: each mnemonic with how many opcodes it has.
TEST(Z80, all_mnemonics_of_the_8080) {
  std::map<std::string, int> counts;
  auto disassembler = Disassembler::open("8080");
  ASSERT_TRUE(disassembler);
  int sizes[4] = {};
  for (unsigned code = 0; code < 256; ++code) {
    const std::uint8_t bytes[3] = {static_cast<std::uint8_t>(code), 0, 0};
    const auto one = disassembler->decode(bytes, 0);
    ++counts[one ? one->mnemonic : "none"];
    if (one) ++sizes[one->size];
  }
  const std::map<std::string, int> expected{
      {"aci", 1},  {"adc", 8},  {"add", 8},   {"adi", 1}, {"ana", 8},  {"ani", 1},  {"call", 1},
      {"cc", 1},   {"cm", 1},   {"cma", 1},   {"cmc", 1}, {"cmp", 8},  {"cnc", 1},  {"cnz", 1},
      {"cp", 1},   {"cpe", 1},  {"cpi", 1},   {"cpo", 1}, {"cz", 1},   {"daa", 1},  {"dad", 4},
      {"dcr", 8},  {"dcx", 4},  {"di", 1},    {"ei", 1},  {"hlt", 1},  {"in", 1},   {"inr", 8},
      {"inx", 4},  {"jc", 1},   {"jm", 1},    {"jmp", 1}, {"jnc", 1},  {"jnz", 1},  {"jp", 1},
      {"jpe", 1},  {"jpo", 1},  {"jz", 1},    {"lda", 1}, {"ldax", 2}, {"lhld", 1}, {"lxi", 4},
      {"mov", 63}, {"mvi", 8},  {"none", 12}, {"nop", 1}, {"ora", 8},  {"ori", 1},  {"out", 1},
      {"pchl", 1}, {"pop", 4},  {"push", 4},  {"ral", 1}, {"rar", 1},  {"rc", 1},   {"ret", 1},
      {"rlc", 1},  {"rm", 1},   {"rnc", 1},   {"rnz", 1}, {"rp", 1},   {"rpe", 1},  {"rpo", 1},
      {"rrc", 1},  {"rst", 8},  {"rz", 1},    {"sbb", 8}, {"sbi", 1},  {"shld", 1}, {"sphl", 1},
      {"sta", 1},  {"stax", 2}, {"stc", 1},   {"sub", 8}, {"sui", 1},  {"xchg", 1}, {"xra", 8},
      {"xri", 1},  {"xthl", 1}};
  EXPECT_EQ(counts, expected);
  EXPECT_EQ(sizes[1], 200);
  EXPECT_EQ(sizes[2], 18);
  EXPECT_EQ(sizes[3], 26);
}

TEST(M68000, is_big_endian) {
  EXPECT_EQ(listing("_68K", {0x4e, 0x75, 0x30, 0x3c, 0x12, 0x34}), "rts; move.w #$1234, d0");
}

}  // namespace
}  // namespace cmos::disasm

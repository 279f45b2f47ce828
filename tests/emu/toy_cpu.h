// "A CPU you just made up" (cpe 4): a test-only processor that shows what a new one needs, which is
// one file and one row of the engine table. Big enough to say hello.
//
// ARCH `TOY1`, 32-bit words, registers a, b, c, d, sp, lr, pc. Instructions are 4 bytes: opcode,
// register, 16-bit operand.
//   00 halt (undefined)     01 set r, imm16        02 high r, imm16 (upper half)   03 add r, s
//   04 sub r, s             05 load r, [s]         06 store r, [s]                 07 jump imm16
//   (words, relative) 08 jump-if-zero r, imm16 (words, relative)     09 trap imm16 (0 = system
//   call) 0a return (pc = lr) 0b load-byte r, [s]     0c call imm16 (words, relative)
// System call: number in d, arguments in a, b, c, result in a.
#pragma once

#include "emu/engine.h"

namespace cmos::emu {

extern const Isa kToyIsa;

/// The row to add to an EngineTable.
EngineRow toy_cpu_row();

/// One instruction, for test programs: toy(1, 0, 'x') is "set a, 'x'".
std::array<std::uint8_t, 4> toy(std::uint8_t opcode, std::uint8_t reg, std::int32_t operand);

}  // namespace cmos::emu

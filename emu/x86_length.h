// How long an x86 instruction is. Only lengths and the few properties that the engine must know of
// code that it has not executed: operands and meaning are the disassembler's business.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace cmos::emu {

/// The opcode maps: which bytes stand before the opcode.
enum class X86Map : std::uint8_t {
  kOne,
  kTwo /* 0f */,
  kThree38 /* 0f 38 */,
  kThree3a /* 0f 3a */
};

struct X86Shape {
  unsigned length = 0;  ///< 0: the bytes end inside the instruction, or it is longer than 15 bytes
  bool vector_prefix = false;  ///< VEX or EVEX (AVX …): `length` is not known then
  bool repeated = false;       ///< a string instruction with a repeat prefix
  bool port = false;           ///< in, out, ins, outs
  bool lock = false;           ///< has a LOCK prefix
  X86Map map = X86Map::kOne;
  std::uint8_t opcode = 0;
  std::optional<std::uint8_t> modrm;  ///< nothing when the instruction has no such byte
  std::uint8_t opcode_at = 0;         ///< offset of the opcode, which modrm follows
  bool short_operand = false;         ///< has a 66 prefix
  std::uint8_t repeat = 0;            ///< f2 or f3, the last of them
  std::uint8_t rex = 0;               ///< the one that counts
  std::uint16_t ignored_rex = 0;      ///< bit n: byte n is a REX prefix that another prefix follows
};

/// `wide`: 64-bit mode, else 32-bit mode with 32-bit segments.
X86Shape x86_shape(Bytes code, bool wide);

}  // namespace cmos::emu

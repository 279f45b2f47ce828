// What the engine must know of single x86 instructions beyond their length, because its library
// translates them to something else than processors do.
#pragma once

#include "emu/x86_length.h"

namespace cmos::emu {

/// Whether the instruction has an operand of 16 bytes in memory that must be aligned (#GP).
bool x86_aligned_operand(const X86Shape& shape);

/// Whether the instruction works on the registers of MMX, and which of them it writes.
struct X86Mmx {
  bool used = false;
  std::optional<unsigned> written;
};
X86Mmx x86_mmx(const X86Shape& shape);

/// Whether the instruction is one of the x87 that has no operand in memory, does not touch the
/// integer registers and flags, waits for exceptions, and exists.
bool x86_whole_x87(const X86Shape& shape);

/// Whether the instruction is one of the others of the x87 that pop: stores and comparisons.
bool x86_popping_x87(const X86Shape& shape);

}  // namespace cmos::emu

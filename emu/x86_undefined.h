// Which x86 instructions are undefined (#UD) by what their prefixes and operands are, as the Intel
// SDM (volume 2) says: LOCK where it may not stand, and a register where only memory may. The
// engine's translator takes some of them for instructions and ends the process over them.
#pragma once

#include "emu/x86_length.h"

namespace cmos::emu {

/// `shape`: of a whole instruction. False says nothing of opcodes that do not exist at all.
bool x86_undefined(const X86Shape& shape);

}  // namespace cmos::emu

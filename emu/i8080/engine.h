// The 8080, interpreted: a CPU of its own and no Z80, whose flags differ. Opcodes that Intel does
// not document do what the hardware does: they are second encodings of nop, jmp, call and ret.
//
// Interrupts never come: HLT is a fault. Ports read 0xff, and what is written to them vanishes.
#pragma once

#include <memory>

#include "emu/engine.h"

namespace cmos::emu {

/// `rst 6`: the number in a, the arguments in hl, de and bc, the result in hl.
extern const Isa k8080;

/// `memory` has addresses of 16 bits.
Result<std::unique_ptr<Engine>> make_8080(GuestMemory& memory, const EngineOptions& options);

}  // namespace cmos::emu

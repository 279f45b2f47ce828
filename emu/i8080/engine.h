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
/// With `ed ed n`: the number is n, the arguments are bc, de and hl. Of what a program for another
/// system may do it takes one of the three second encodings of call away, and of that the targets
/// whose low byte is ed.
extern const Isa k8080Escape;

/// `memory` has addresses of 16 bits; `isa` is one of the two.
Result<std::unique_ptr<Engine>> make_8080(const Isa& isa, GuestMemory& memory,
                                          const EngineOptions& options);

}  // namespace cmos::emu

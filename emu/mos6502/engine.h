// The 6502, interpreted: the NMOS original with decimal mode and its page wraps (jmp ($xxff) takes
// both bytes from one page). Its undocumented opcodes are illegal instructions.
//
// The trap is `brk` with the byte $80 behind it, the number in y, and the address of three words
// with the arguments in a (low) and x (high), where the result comes back: the way in which C
// compilers for the 6502 pass a pointer and return an integer. Any other `brk` is a breakpoint, so
// that a jump into zeros is no call.
#pragma once

#include <memory>

#include "emu/engine.h"

namespace cmos::emu {

extern const Isa k6502;

/// `memory` has addresses of 16 bits.
Result<std::unique_ptr<Engine>> make_6502(GuestMemory& memory, const EngineOptions& options);

}  // namespace cmos::emu

// The 8086, interpreted: real mode with 20 bits of address, and what the 8086 has, not what its
// successors added. There are no ports, no coprocessor and no interrupts.
//
// A repeated string instruction is one instruction. When it faults, cx, si and di are those from
// before it, whatever its rounds have stored.
#pragma once

#include <memory>

#include "emu/engine.h"

namespace cmos::emu {

/// `int 80h`: the number in ax, the arguments in bx, cx and dx, the result in ax. Pointers are
/// offsets in segment 0, where a program begins.
extern const Isa k8086;

/// `memory` has addresses of 20 bits.
Result<std::unique_ptr<Engine>> make_8086(GuestMemory& memory, const EngineOptions& options);

}  // namespace cmos::emu

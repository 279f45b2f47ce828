// The 68000, interpreted: user mode of the first of its family, with exact faults. What later ones
// added (long branches, scaled indices, bit fields …) does not exist.
#pragma once

#include <memory>

#include "emu/engine.h"

namespace cmos::emu {

/// `trap #0`: the number in d0, the arguments in d1, d2 and d3, the result in d0.
extern const Isa kM68k;

/// `memory` has addresses of 24 bits: the bus does not see the upper byte of a pointer.
Result<std::unique_ptr<Engine>> make_m68k(GuestMemory& memory, const EngineOptions& options);

}  // namespace cmos::emu

// A Z80, by Debian's libz80ex, which decodes and calculates; memory and traps are ours.
//
// It stops with kSyscall at a trap that its Isa says. Interrupts never come: HALT is a fault.
// Ports read 0xff, and what is written to them vanishes. Each round of a repeated instruction
// (ldir …) counts as an instruction, as the CPU fetches it anew.
#pragma once

#include <memory>

#include "emu/engine.h"

namespace cmos::emu {

/// The Z80 with `rst 30h` as its trap: the number in a, the arguments in hl, de and bc.
extern const Isa kZ80;
/// With `ed ed n`, which no Z80 gives a meaning: the number is n, the arguments are bc, de and hl.
/// All that a program for another system may do stays what it is.
extern const Isa kZ80Escape;

/// Indices of arch::kZ80's registers.
namespace z80 {
inline constexpr RegisterIndex kAf = 0, kBc = 1, kDe = 2, kHl = 3, kSp = 6, kPc = 7;
}  // namespace z80

/// `rst 30h`.
inline constexpr std::uint8_t kZ80Restart = 0xf7;
/// Both bytes in front of kZ80Escape's number.
inline constexpr std::uint8_t kZ80Trap = 0xed;

/// `memory` has addresses of 16 bits. A fault is told with the address of its instruction, whose
/// registers may have been changed in part.
Result<std::unique_ptr<Engine>> make_z80(const Isa& isa, GuestMemory& memory,
                                         const EngineOptions& options);

}  // namespace cmos::emu

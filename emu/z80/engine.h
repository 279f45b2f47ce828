// A Z80, by Debian's libz80ex, which decodes and calculates; memory and traps are ours.
//
// The trap is `ed ed n`, which no Z80 gives a meaning: run() stops with kSyscall, `number` is n,
// the arguments are bc, de and hl, and pc is behind it. Interrupts never come: HALT is a fault.
// Ports read 0xff, and what is written to them vanishes.
#pragma once

#include <memory>

#include "emu/engine.h"

namespace cmos::emu {

/// The Z80 as an engine runs it.
extern const Isa kZ80;

/// Indices of arch::kZ80's registers.
namespace z80 {
inline constexpr RegisterIndex kAf = 0, kBc = 1, kDe = 2, kHl = 3, kSp = 6, kPc = 7;
}  // namespace z80

/// The two bytes in front of a trap's number.
inline constexpr std::uint8_t kZ80Trap = 0xed;

/// `memory` has addresses of 16 bits. A fault is told with the address of its instruction, whose
/// registers may have been changed in part.
Result<std::unique_ptr<Engine>> make_z80(GuestMemory& memory, const EngineOptions& options);

}  // namespace cmos::emu

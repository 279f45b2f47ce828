// Who called whom, by call frame information where there is some and by frame pointers: best
// effort, on memory that may hold anything.
#pragma once

#include <cstdint>
#include <vector>

#include "emu/engine.h"
#include "emu/memory.h"
#include "runtime/report/symbols.h"
#include "symbolize/lookup.h"

namespace cmos::runtime {

struct Frame {
  std::uint64_t pc = 0;    ///< of the innermost frame the instruction, else the return address
  bool is_return = false;  ///< pc is a return address: the call stands before it

  /// Of the call's own symbol, also when a function ends with the call.
  std::optional<SymbolIndex::Hit> symbol(const SymbolIndex& symbols) const;
};

inline constexpr std::size_t kMaxFrames = 64;

/// Innermost first: `pc` itself, then return addresses in executable memory. Follows the chain of
/// saved frame pointers (x86 and x86-64 push/mov, AAPCS64, and on ARM what clang and gcc make of
/// r11) as long as it goes up the stack, and adds the direct caller of a function without frame
/// where the link register, or after a wild call the top of the stack, tells it. The way back to
/// the exit stub is left out. `lookup` may be nullptr.
std::vector<Frame> backtrace(std::uint64_t pc, const emu::Engine& engine,
                             const emu::GuestMemory& memory, const SymbolIndex& symbols,
                             symbolize::Lookup* lookup = nullptr);

}  // namespace cmos::runtime

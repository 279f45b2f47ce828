// From a CPE to memory that is ready to run (abi 1.3, 2): where the image, the stack, the heap and
// the exit stub lie.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "emu/engine.h"
#include "formats/cpe/cpe.h"

namespace cmos::loader {

inline constexpr std::uint64_t kStackTop = 0x7000'0000;    ///< first byte above the stack
inline constexpr std::uint64_t kExitStub = 0x7001'0000;    ///< its own page
inline constexpr std::uint64_t kHeapAlignment = 0x1'0000;  ///< the heap begins at a 64 KiB boundary
inline constexpr std::uint64_t kDefaultStack = 1ull << 20;  ///< bytes
inline constexpr std::uint64_t kStackGuard = 0x1'0000;      ///< bytes kept unmapped below the stack
/// Bytes kept above the return address of the entry function and of the abort method: some calling
/// conventions look for arguments there, or keep copies of them.
inline constexpr std::uint64_t kStackHeadroom = 64;

struct Options {
  bool protect = true;  ///< false: one rwx image whatever the boundary symbols say (--no-protect)
  std::uint64_t stack_size = kDefaultStack;
};

struct Placement {
  std::uint64_t image_base = 0,
                image_end = 0;  ///< end: first byte after the zero-filled memory, page-aligned
  std::uint64_t entry = 0;      ///< address, bit 0 set for Thumb
  std::uint64_t stack_base = 0, stack_top = 0;
  std::uint64_t heap_base = 0;   ///< nothing is mapped there yet
  std::uint64_t heap_limit = 0;  ///< the heap may never reach this address (the stack guard)
  std::uint64_t exit_stub = kExitStub;             ///< where the entry function returns to
  std::uint64_t stack_headroom = kStackHeadroom;  ///< bytes kept above the first return address
  bool heap_mapped = false;  ///< the heap is memory from the start, `grow` only moves its end
};

/// Maps `file` into `memory`. kLimit when it does not fit `memory.limit()`.
Result<Placement> load(const cpe::ReadResult& file, const emu::Isa& isa, emu::GuestMemory& memory,
                       const Options& options);

/// Registers at process start (abi 2): all 0 but stack pointer, pc and the way back to the exit
/// stub.
Result<void> start(emu::Engine& engine, emu::GuestMemory& memory, const Placement& placement);

}  // namespace cmos::loader

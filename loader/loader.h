// From a CPE to memory that is ready to run (abi 1.3, 2): where the image, the stack, the heap and
// the exit stub lie.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "emu/engine.h"
#include "formats/cpe/cpe.h"

namespace cmos::loader {

// Of every ISA that has no map of its own.
inline constexpr std::uint64_t kStackTop = emu::MemoryMap().stack_top;
inline constexpr std::uint64_t kExitStub = emu::MemoryMap().exit_stub;
inline constexpr std::uint64_t kHeapAlignment = emu::MemoryMap().heap_alignment;
inline constexpr std::uint64_t kStackGuard = emu::MemoryMap().stack_guard;
inline constexpr std::uint64_t kStackHeadroom = emu::MemoryMap().stack_headroom;
inline constexpr const char* kExitStubName = "exit stub";  ///< of its region
/// Stands for the size of the ISA's map: 64 KiB have no room for as much.
inline constexpr std::uint64_t kDefaultStack = emu::MemoryMap().stack_size;

struct Options {
  bool protect = true;  ///< false: one rwx image whatever the boundary symbols say (--no-protect)
  std::uint64_t stack_size = kDefaultStack;
};

struct Placement {
  std::uint64_t image_base = 0,
                image_end = 0;  ///< end: first byte after the zero-filled memory, page-aligned
  std::uint64_t entry = 0;      ///< address, bit 0 set for Thumb
  std::uint64_t stack_base = 0, stack_top = 0;
  std::uint64_t heap_base = 0;          ///< nothing is mapped there yet
  std::uint64_t heap_limit = 0;         ///< the heap may never reach this address (the stack guard)
  std::uint64_t exit_stub = kExitStub;  ///< where the entry function returns to
  std::uint64_t stack_headroom = kStackHeadroom;  ///< bytes kept above the first return address
  bool heap_mapped = false;  ///< the heap is memory from the start, `grow` only moves its end
};

/// Maps `file` into `memory`. kLimit when it does not fit `memory.limit()`.
Result<Placement> load(const cpe::ReadResult& file, const emu::Isa& isa, emu::GuestMemory& memory,
                       const Options& options);

/// The stack pointer with which the entry function and the abort method begin, less their return
/// address.
std::uint64_t initial_stack_pointer(const arch::Cpu& cpu, const Placement& placement);
/// Makes the engine's next jump a call from the exit stub with the stack at `sp`. False when the
/// stack is not writable there.
bool return_to_exit_stub(emu::Engine& engine, emu::GuestMemory& memory, const Placement& placement,
                         std::uint64_t sp);

/// Registers at process start (abi 2): all 0 but stack pointer, pc and the way back to the exit
/// stub.
Result<void> start(emu::Engine& engine, emu::GuestMemory& memory, const Placement& placement);

}  // namespace cmos::loader

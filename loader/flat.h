// A program whose parts have their addresses already, on a machine whose memory is one piece
// without protection: modules that are linked when they are loaded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loader/loader.h"

namespace cmos::loader {

struct FlatImage {
  struct Piece {
    std::uint64_t address = 0;
    std::vector<std::uint8_t> bytes;
  };
  std::vector<Piece> pieces;
  std::uint64_t memory_end = 0;  ///< the first address that does not exist
  std::uint64_t entry = 0;
  std::uint64_t stack_base = 0, stack_top = 0;
  std::uint64_t heap_base = 0, heap_limit = 0;
  /// What overlays share one area; the call `overlay` brings one there, by its index.
  std::vector<Piece> overlays;
};

/// Maps all memory, fills it with `image` and puts the exit stub into the stack's highest bytes.
/// kLimit when it does not fit `memory.limit()`, or the stack has no room for the stub.
Result<Placement> load(const FlatImage& image, const emu::Isa& isa, emu::GuestMemory& memory);

}  // namespace cmos::loader

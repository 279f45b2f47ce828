// What is known of translated blocks: how many instructions they hold, whether one of them must not
// run.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace cmos::emu::unicorn {

/// The shape of one block of guest code, from its bytes.
struct BlockShape {
  std::uint32_t instructions = 0;
  /// Offset of the block's last instruction when that is a repeated string instruction (which QEMU
  /// runs as a block that jumps to itself), else UINT32_MAX.
  std::uint32_t repeat_at = UINT32_MAX;
  /// Offset of the first instruction that the translator would get wrong (VEX), else UINT32_MAX.
  std::uint32_t refused_at = UINT32_MAX;
};

}  // namespace cmos::emu::unicorn

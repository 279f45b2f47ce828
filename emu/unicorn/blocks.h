// What is known of one translated block of guest code.
#pragma once

#include <cstdint>

namespace cmos::emu::unicorn {

inline constexpr std::uint64_t kNowhere = ~0ull;

struct Block {
  std::uint64_t address = 0;
  std::uint32_t size = 0;
  std::uint32_t instructions = 0;
  /// Address of the block's last instruction when that is a repeated string instruction: QEMU runs
  /// each of its iterations as a block that begins there, until the count is used up.
  std::uint64_t repeat = kNowhere;
  /// Address of an instruction that the translator would get wrong. The tuned build never
  /// translates it.
  std::uint64_t refused = kNowhere;
};

}  // namespace cmos::emu::unicorn

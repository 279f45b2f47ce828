// What the engine must know of single ARM instructions, because its library translates them to
// something else than processors do.
#pragma once

#include <cstdint>

namespace cmos::emu {

/// What an instruction demands of the addresses of its accesses to memory.
enum class ArmAlignment : std::uint8_t {
  kNone,  ///< nothing, or what the library knows
  kTwo,   ///< multiples of 2, 4, … bytes
  kFour,
  kEight,
  kSixteen,
  kThirtyTwo,
  kSize,  ///< multiples of the size of the access
};

struct ArmDemand {
  ArmAlignment alignment = ArmAlignment::kNone;
  bool first_only = false;  ///< the first access alone
};

/// Of an instruction in A32; in T32 of 32 bits, the first halfword in the upper half; of 16 bits;
/// in A64.
ArmDemand a32_demand(std::uint32_t word);
ArmDemand t32_demand(std::uint32_t word);
ArmDemand t16_demand(std::uint32_t halfword);
ArmDemand a64_demand(std::uint32_t word);

/// Undefined instructions of A32's NEON that the library executes: a multiplication of floats of a
/// size that there is not, and a doubling multiplication without signs.
bool a32_undefined_neon(std::uint32_t word);
/// The second halfword of an instruction of T32 as the library must see it: where the instruction
/// is one of those, it becomes one that the library knows to be undefined.
std::uint32_t t32_second_halfword(std::uint32_t first, std::uint32_t second);

/// Undefined instructions of A64 on which the library ends the process: operations on half
/// precision that there are not.
bool a64_ends_library(std::uint32_t word);

}  // namespace cmos::emu

// ARM's group relocations ("ELF for the Arm Architecture", 5.6.1.5): a distance is added up by
// several instructions. Each ADD or SUB takes the eight highest bits that are left, at an even
// position, as a rotated immediate; the last instruction may be a load that takes the rest.
#pragma once

#include <cstdint>
#include <optional>

#include "relocation/relocation.h"

namespace cmos::object {

bool is_arm_group(Field field);

/// The instruction with `value` in the field of `row`; nothing when the rest does not fit it.
std::optional<std::uint32_t> put_arm_group(const RelocationInfo& row, std::uint32_t instruction,
                                           std::int64_t value);
/// The addend that an instruction holds.
std::int64_t get_arm_group(Field field, std::uint32_t instruction);

}  // namespace cmos::object

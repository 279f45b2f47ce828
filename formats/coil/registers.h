// Names of registers: those of the shipped targets, and the names of parts of x86-64's and ARM64's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/coil/target_file.h"

namespace cmos::coil {

/// The shipped device of this triple; that of x86-64 for one that no shipped file describes.
const Device& device_of(const Triple& triple);

/// `device` when it has all of these general registers, else a shipped one that has, else `device`.
const Device& device_with(const Device& device, const std::vector<std::string>& registers);

/// The id of a register in the file that `register_type` (RGP, RFP, RV, RS) means.
std::optional<std::uint8_t> register_id(const Device& device, std::uint8_t register_type,
                                        std::string_view name);
/// "RAX", or the id as a number.
std::string register_name(const Device& device, std::uint8_t register_type, std::uint8_t id);

}  // namespace cmos::coil

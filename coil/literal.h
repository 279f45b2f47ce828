// Numbers as they are written, to the bits of a type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coil/syntax.h"

namespace cmos::casm {

/// The bits of a whole number as a type of at most 8 bytes: an integer type in whose range it is
/// (signed ones take the unsigned range, too: 0xFF as INT8 is -1), or a float.
std::optional<std::uint64_t> integer_bits(const Integer& value, const coil::TypeRow& type);

/// The bits of a decimal number as a float of at most 8 bytes, rounded once, to nearest even.
std::optional<std::uint64_t> float_bits(const std::string& text, const coil::TypeRow& type);

/// A value of any scalar type, little-endian, `type.size` bytes. Nothing when it does not fit.
std::optional<std::vector<std::uint8_t>> scalar_bytes(const Argument& argument,
                                                      const coil::TypeRow& type);

}  // namespace cmos::casm

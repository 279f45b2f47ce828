// The numbers that the bits of COIL's floats of at most 8 bytes mean, and the other way round.
#pragma once

#include <cstdint>

#include "formats/coil/types.h"

namespace cmos::coil {

/// The bits of `value` as a float of this type, rounded to nearest even.
std::uint64_t float_bits(double value, const TypeRow& type);

/// The number that the bits of a float of this type mean.
double float_value(std::uint64_t bits, const TypeRow& type);

}  // namespace cmos::coil

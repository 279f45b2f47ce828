// The elements of immediates that are longer than a number.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "formats/coil/types.h"

namespace cmos::coil {

/// Bytes of one element of an immediate of `type`: what changes places when the order is turned.
std::uint64_t element_size(const Type& type);

/// Turns each element of `data` around when the order is big; what is left over stays as it is.
std::vector<std::uint8_t> in_order(std::vector<std::uint8_t> data, std::uint64_t element,
                                   ByteOrder order);

}  // namespace cmos::coil

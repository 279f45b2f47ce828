// Contents of compressed debug sections.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "object/object.h"

namespace cmos::elf {

/// What the bytes of a packed section stand for: exactly `size` of them, or kMalformed (damaged, or
/// another size), kUnsupported (a method that nothing here knows). File and field of the error are
/// the caller's; a section that is not packed gives its bytes. No more memory is taken than the
/// packed bytes can stand for.
Result<std::vector<std::uint8_t>> unpack(const object::Section& section);

}  // namespace cmos::elf

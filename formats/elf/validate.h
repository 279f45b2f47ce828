// Everything that is wrong with an ELF file.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::elf {

/// Objects: what the linker would refuse. Programs: what cmos-pack would refuse.
std::vector<Finding> validate(Bytes file_bytes, std::string_view file);

}  // namespace cmos::elf

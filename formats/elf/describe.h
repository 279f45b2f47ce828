// ELF objects and linked programs as the inspecting tools see them. What a static link cannot use
// (thread-local variables, relocations for a dynamic linker) is shown all the same.
#pragma once

#include "formats/description.h"

namespace cmos::elf {

/// kMalformed and kUnsupported say offset and field.
Result<formats::Description> describe(Bytes file_bytes, std::string_view file);

}  // namespace cmos::elf

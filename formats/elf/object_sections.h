// Section headers -> sections of the object model: the part of read_object that classifies.
#pragma once

#include <vector>

#include "formats/elf/elf.h"
#include "object/object.h"

namespace cmos::elf {

/// For each section of the file its index in the object, kNoIndex for those that are tables of the
/// file itself.
using SectionMap = std::vector<std::uint32_t>;

/// Appends the object's sections and groups.
Result<SectionMap> add_sections(const File& file, Bytes file_bytes, object::Object& object);

}  // namespace cmos::elf

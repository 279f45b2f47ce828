// The inputs' debug sections for the CPE's side file.
#pragma once

#include <string>
#include <vector>

#include "formats/debugmap/side_file.h"
#include "linker/linker.h"

namespace cmos::linker {

/// Sections of one name become one, unpacked and relocated to the final addresses. What belongs to
/// an object whose sections cannot all be unpacked is left out, with a warning.
void add_debug_sections(const Linked& linked, debugmap::SideFile& out,
                        std::vector<std::string>& warnings);

}  // namespace cmos::linker

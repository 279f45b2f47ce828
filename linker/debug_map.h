// --debug-map: what a link knows about every byte of the program, as the CPE's side file.
#pragma once

#include "base/bytes.h"
#include "formats/debugmap/side_file.h"
#include "linker/linker.h"

namespace cmos::linker {

/// Sections, symbols, the inputs' debug sections joined and relocated to the final addresses, and
/// the origins of all bytes. `image` is what Linked::image was (make_program takes it out); both
/// outlive the result. The digest is the caller's to set. What refers to code that is no part of
/// the program becomes 0 (1 in range and location lists, which 0 would end), as ld has it.
/// `warnings` says which object's debug information is left out, since it cannot be unpacked, or
/// lies in a file of its own.
debugmap::SideFile make_debug_map(const Linked& linked, Bytes image,
                                  std::vector<std::string>& warnings);

/// Whether an object that is linked has DWARF.
bool has_debug_information(const Linked& linked);

}  // namespace cmos::linker

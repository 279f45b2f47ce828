// Objects of sdcc's assemblers in the linker's object model and back: what writes and links the
// CPOs of the Z80 and the 8080 (docs/cpo.md).
//
// An area is a section of its name. One that holds variables by its name or has no contents is a
// section of variables, every other one of code, since sdcc keeps constants among it. A relocation
// against an area is one against that section's nameless symbol.
#pragma once

#include <string_view>

#include "base/error.h"
#include "formats/rel/rel.h"
#include "object/object.h"

namespace cmos::rel {

/// Whether an area's contents are variables: sdcc's own names.
bool holds_variables(std::string_view area);

/// Refuses what no program can have: contents at fixed addresses, overlaid areas, distances of two
/// bytes, and objects that are not for the Z80 (kUnsupported; names the area).
Result<void> check_linkable(const File& file, std::string_view name);

/// The linker's view of a file, for ARCH _Z80 or 8080. The result refers to the file's names and
/// bytes. Fails as check_linkable does.
Result<object::Object> to_object(const File& file, std::string_view arch, std::string_view name);

/// An object of the Z80 or the 8080 as areas; what is not loaded is left out. Fails with
/// kUnsupported and names section or symbol for what areas cannot say: COMDAT groups, arrays of
/// functions, thread-local variables, weak and common symbols, externs that name their file.
Result<File> from_object(const object::Object& object);

}  // namespace cmos::rel

// A .coilo as the linker sees it.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "object/object.h"

namespace cmos::coil {

/// The native sections of a .coilo for x86-64 or ARM64, and their DWARF, which is in discardable
/// sections named .debug_…; what waits for processing, bytecode and other discardable sections are
/// left out. kUnsupported for other targets and for relocations that no
/// static link resolves. The bytes must outlive the object.
Result<object::Object> read_native_object(Bytes bytes, std::string_view file);

}  // namespace cmos::coil

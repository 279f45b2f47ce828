// What the descriptions of COIL's formats have in common.
#pragma once

#include <string>

#include "formats/coil/debug.h"
#include "formats/coil/header.h"
#include "formats/coil/object_file.h"
#include "formats/description.h"

namespace cmos::coil {

/// The header under its own names: version, flags, offsets, size.
formats::PrivateGroup header_group(Bytes bytes, FileKind kind);
/// How many entries each debug table has, and the names of the sources.
formats::PrivateGroup debug_group(const DebugInfo& debug);
/// "coil-little", "cbc-big".
std::string format_name(FileKind kind, ByteOrder order);
/// Name, value, binding and kind; the section is left out.
formats::Symbol described(const Symbol& symbol);

}  // namespace cmos::coil

// Objects as sources of modules.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "formats/module/make.h"

namespace cmos::modtool {

/// The part of it for o65, sdcc's objects and the 68000's ELF; nothing for other bytes.
std::optional<Result<mod::Source>> read_small_source(Bytes bytes, std::string_view file,
                                                     mod::Family family);
/// Reads a Whitesmith's object, or an object of any other format whose relocations a module of
/// this CPU can hold. Fails with kUnsupported for others, naming section and offset.
Result<mod::Source> read_source(Bytes bytes, std::string_view file, mod::Family family);

}  // namespace cmos::modtool

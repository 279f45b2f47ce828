// A .cbc file as a program: the whole image is code, and it begins with its first byte.
#pragma once

#include <string_view>

#include "formats/cpe/cpe.h"

namespace cmos::loader {

/// The ARCH of bytecode in a CPE; its machine code is one .cbc image.
inline constexpr std::string_view kBytecodeArch = "_CBC";

bool is_bytecode(Bytes bytes);
/// As a CPE that holds nothing but this image would be read. Functions are its symbols. Fails with
/// what is wrong in the file's structure.
Result<cpe::ReadResult> read_bytecode(Bytes bytes, std::string_view file);

}  // namespace cmos::loader

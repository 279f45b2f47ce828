// What an object gives to a link: the names for an archive's index.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::formats {

struct Exports {
  std::string arch;  ///< ARCH of cpe 1.1; empty for what is no object
  std::vector<std::string> names;
};
/// Nothing for bytes that are no object. Objects that are legal but not for our linker
/// (thread-local variables) have their names all the same; malformed ones fail with kMalformed.
Result<Exports> exported_symbols(Bytes bytes, std::string_view file);

}  // namespace cmos::formats

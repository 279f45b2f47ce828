// What tools that hand on debug information of COIL say when there is none.
#pragma once

#include <string>

#include "formats/coil/object_file.h"
#include "tools/common/diagnostics.h"

namespace cmos::tools {

/// A warning that -g has nothing to hand on; none for files that cannot be read.
inline void warn_without_debug(Bytes coil, const std::string& file) {
  const auto read = coil::read_object_file(coil, file);
  if (read && !read->file.debug)
    warn(file + ": there is no debug information (casm -g writes it), and so no source lines");
}

}  // namespace cmos::tools

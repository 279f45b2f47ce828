// A CPE as the inspecting tools see it: the sections of its image, and its symbols by their places
// in them.
#pragma once

#include "formats/description.h"

namespace cmos::cpe {

/// kMalformed and kUnsupported say offset and field.
Result<formats::Description> describe(Bytes file_bytes, std::string_view file);

}  // namespace cmos::cpe

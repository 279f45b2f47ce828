// A CPO as the inspecting tools see it: the linker's view of it, with the type names of
// docs/cpo.md.
#pragma once

#include "formats/description.h"

namespace cmos::cpo {

/// kMalformed and kUnsupported say offset and field.
Result<formats::Description> describe(Bytes file_bytes, std::string_view file);

}  // namespace cmos::cpo

// Such an object as the inspecting tools see it.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/findings.h"
#include "formats/description.h"

namespace cmos::o65 {

Result<formats::Description> describe(Bytes bytes, std::string_view file);

/// Nothing, or why it cannot be read.
std::vector<Finding> validate(Bytes bytes, std::string_view file);

}  // namespace cmos::o65

// A module as the inspecting tools see it.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "formats/description.h"

namespace cmos::mod {

Result<formats::Description> describe(Bytes bytes, std::string_view file);

}  // namespace cmos::mod

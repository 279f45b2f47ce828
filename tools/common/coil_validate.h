// coilvalidate and cbcvalidate: the same program for different files.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/coil/header.h"

namespace cmos::tools {

/// Runs the validator `program`, which takes files of these kinds; the exit status.
int run_coil_validator(std::string_view program, std::span<const coil::FileKind> kinds,
                       const std::vector<std::string>& words);

}  // namespace cmos::tools

// Whitesmith's programs with CalamOS' calls: what cmos-pack would make of one is run.
#pragma once

#include <string_view>

#include "formats/cpe/cpe.h"
#include "tools/cmos-run/options.h"

namespace cmos::run {

/// kMalformed for an object that is not linked, or one that is not linked for the CPU's addresses.
/// Of `choice` the CPU has a meaning (--cpu, by its name or ARCH); the others are refused.
Result<cpe::ReadResult> read_whitesmith(Bytes bytes, std::string_view file,
                                        const ModuleArguments& choice);

}  // namespace cmos::run

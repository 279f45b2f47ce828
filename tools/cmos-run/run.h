// Loads a file, runs it and says how it ended.
#pragma once

#include "tools/cmos-run/confined.h"
#include "tools/cmos-run/options.h"

namespace cmos::run {

/// The exit status of abi 6.
int run(const Options& options, const Inside& inside);

}  // namespace cmos::run

// Loads a file, runs it and says how it ended.
#pragma once

#include "runtime/supervisor/black_box.h"
#include "tools/cmos-run/options.h"

namespace cmos::run {

/// The exit status of abi 6. `box` is this process's, when it is supervised.
int run(const Options& options, runtime::BlackBox* box);

}  // namespace cmos::run

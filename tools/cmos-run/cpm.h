// cmos-run --os=cpm.
#pragma once

#include "tools/cmos-run/options.h"

namespace cmos::run {

/// Runs a CP/M program; the exit status of cmos-run.
int run_cpm(const Options& options);

}  // namespace cmos::run

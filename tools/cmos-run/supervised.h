// cmos-run's two processes: the guest runs in one, the other looks after it.
#pragma once

#include <functional>

#include "runtime/supervisor/black_box.h"
#include "tools/cmos-run/options.h"

namespace cmos::run {

/// Runs `guest` in a process of its own, and tells how that ended when it could not. `box` is where
/// it leaves its output; nullptr when it runs in this process (--no-supervise, or the host starts
/// none). The exit status.
int run_supervised(const Options& options, const std::function<int(runtime::BlackBox* box)>& guest);

}  // namespace cmos::run

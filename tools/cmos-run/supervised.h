// cmos-run's two processes: the guest runs in one, the other looks after it.
#pragma once

#include <functional>

#include "tools/cmos-run/confined.h"
#include "tools/cmos-run/options.h"

namespace cmos::run {

/// Runs `guest` in a process of its own, and tells how that ended when it could not. It is given
/// options that fit what its process may do, and what it has of its supervisor, which is nothing
/// but a helper when it runs in this process (--no-supervise, or the host starts none). The exit
/// status.
using Guest = std::function<int(const Options& options, const Inside& inside)>;
int run_supervised(const Options& options, const Guest& guest);

}  // namespace cmos::run

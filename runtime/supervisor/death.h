// What ended a supervised process, in words.
#pragma once

#include "base/error.h"
#include "runtime/supervisor/supervisor.h"

namespace cmos::runtime {

/// kInternal: the signal, where the guest was, and the instruction there. The black box may hold
/// anything.
Error describe(const Death& death, const BlackBox& box);

}  // namespace cmos::runtime

// What is said when the host gives no memory.
#pragma once

#include <string_view>

#include "base/error.h"

namespace cmos {

/// kHostIo: "the host has no memory for WHAT", and what may help: the limit of the shell when there
/// is one, since it is the usual cause.
Error no_host_memory(std::string_view what);

}  // namespace cmos

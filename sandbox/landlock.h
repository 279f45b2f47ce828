// Landlock: which files of the host can be opened. Private to sandbox/.
#pragma once

#include <string>

#include "sandbox/sandbox.h"

namespace cmos::sandbox {

/// Empty, or why this host cannot restrict files. no_new_privs is set.
std::string restrict_files(const Policy& policy);

}  // namespace cmos::sandbox

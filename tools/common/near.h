// "Did you mean …?", where the tools look for it.
#pragma once

#include "base/near.h"

namespace cmos::tools {
using cmos::nearest;
}

// The names of x86 instructions that no ARCH has, for reports: somebody's compiler was told of a
// newer CPU.
#pragma once

#include <string>

#include "emu/x86_length.h"

namespace cmos::emu {

/// "andn instruction of BMI1", or the extension alone; empty: it is none of those.
std::string x86_refused_name(Bytes code, bool wide);

}  // namespace cmos::emu

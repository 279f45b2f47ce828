// Unwinding tables, for programs that read them: those whose unwinder asks where they lie, by
// __eh_frame_start or __exidx_start. In others nothing reads them, and they are no part of the
// program.
#pragma once

#include "linker/context.h"

namespace cmos::linker {

/// What the sections of unwinding tables are called in the image.
inline constexpr std::string_view kFrames = ".eh_frame";
inline constexpr std::string_view kArmIndex = ".ARM.exidx";

/// Makes sections of the program out of the tables: they describe the code that they are for, so
/// that they stay, go and lie as it does.
void take_unwind_tables(Context& context);

}  // namespace cmos::linker

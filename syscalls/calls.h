// The handlers. A parameter list here is the one and only declaration of a call's arguments.
#pragma once

#include "syscalls/arguments.h"

namespace cmos::syscalls {

inline constexpr std::array<NamedValue, 3> kStyleNames{
    {{0, "terminal"}, {1, "no-echo"}, {2, "raw-key"}}};
inline constexpr std::array<NamedValue, 2> kClockNames{{{0, "monotonic"}, {1, "utc"}}};

// ---- calls_process.cc ----
CallResult sys_exit(Kernel& kernel, Unsigned<"code"> code);
CallResult sys_arguments(Kernel& kernel, BytesOut<"buffer"> buffer);
// ---- calls_console.cc ----
CallResult sys_stdout(Kernel& kernel, BytesIn<"text"> text, ColourPointer<"colour"> colour);
CallResult sys_stdin(Kernel& kernel, Named<"style", kStyleNames> style);
// ---- calls_memory.cc ----
CallResult sys_grow(Kernel& kernel, Signed<"bytes"> bytes);
CallResult sys_clock(Kernel& kernel, Named<"which", kClockNames> which, TimeOut<"out"> out);
CallResult sys_random(Kernel& kernel, BytesOut<"buffer"> buffer);

}  // namespace cmos::syscalls

// What libstdc++ cannot find out of a system for which its configure script links no programs, and <new> to <iostream>
// want to know. build.sh puts this in the place of config/os/newlib/os_defines.h.
#ifndef _GLIBCXX_OS_DEFINES
#define _GLIBCXX_OS_DEFINES 1

// The port of newlib has them (system/clocks.c).
#define _GLIBCXX_USE_CLOCK_REALTIME 1
#define _GLIBCXX_USE_CLOCK_MONOTONIC 1
#define _GLIBCXX_USE_NANOSLEEP 1

#endif

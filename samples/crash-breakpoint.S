/* A breakpoint without a debugger. Ends with 133. */
#include <cmos.inc>

CMOS_START _start
#if defined(__x86_64__) || defined(__i386__)
  int3
#elif defined(__arm__)
  bkpt #0
#elif defined(__aarch64__)
  brk #0
#endif

/* An instruction that only a kernel may execute. Ends with 132. */
#include <cmos.inc>

CMOS_START _start
#if defined(__x86_64__) || defined(__i386__)
  cli
#elif defined(__arm__)
  mrc p15, 0, r0, c1, c0, 0        /* the system control register */
#elif defined(__aarch64__)
  mrs x0, sctlr_el1
#endif
  CMOS_CALL CMOS_SYS_exit          /* not reached */

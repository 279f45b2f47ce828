/* Executes the instruction that each architecture reserves as undefined. Ends with 132. */
#include <cmos.inc>

CMOS_START _start
#if defined(__x86_64__) || defined(__i386__)
  ud2
#else
  udf #0
#endif

/* Writes to address 0, which is never mapped. Ends with 139. */
#include <cmos.inc>

CMOS_START _start
#if defined(__x86_64__) || defined(__i386__)
  xor eax, eax
  mov dword ptr [eax], 1
#elif defined(__arm__)
  mov r0, #0
  str r0, [r0]
#elif defined(__aarch64__)
  mov x0, #0
  str x0, [x0]
#endif

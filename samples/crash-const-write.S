/* Writes to a constant. Ends with 139, since constants have pages of their own without write permission. */
#include <cmos.inc>

CMOS_START _start
#if defined(__x86_64__) || defined(__i386__)
  mov eax, offset constant
  mov dword ptr [eax], 2
#elif defined(__arm__)
  movw r0, #:lower16:constant
  movt r0, #:upper16:constant
  str r0, [r0]
#elif defined(__aarch64__)
  adrp x0, constant
  add x0, x0, :lo12:constant
  str w0, [x0]
#endif

  .section .rodata
  .balign 4
constant:
  .long 1

/* Jumps into a variable. Ends with 139: variables cannot be executed. */
#include <cmos.inc>

CMOS_START _start
#if defined(__x86_64__)
  mov eax, offset variable
  jmp rax
#elif defined(__i386__)
  mov eax, offset variable
  jmp eax
#elif defined(__arm__)
  movw r0, #:lower16:variable
  movt r0, #:upper16:variable
  bx r0
#elif defined(__aarch64__)
  adrp x0, variable
  add x0, x0, :lo12:variable
  br x0
#endif

  .data
  .balign 4
variable:
#if defined(__x86_64__) || defined(__i386__)
  ret
#elif defined(__arm__)
  .arm
  bx lr
#elif defined(__aarch64__)
  ret
#endif

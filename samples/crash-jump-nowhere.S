/* Jumps to an address where no memory is. Ends with 139. */
#include <cmos.inc>

CMOS_START _start
#if defined(__x86_64__)
  mov eax, 0x12340000
  jmp rax
#elif defined(__i386__)
  mov eax, 0x12340000
  jmp eax
#elif defined(__arm__)
  mov r0, #0x12000000
  bx r0
#elif defined(__aarch64__)
  movz x0, #0x1234, lsl #16
  br x0
#endif

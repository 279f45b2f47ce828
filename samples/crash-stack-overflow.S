/* A function that calls itself for ever runs into the guard below the stack. */
#include <cmos.inc>

CMOS_START _start
recurse:
#if defined(__x86_64__)
  push rbp
  mov rbp, rsp
  call recurse
#elif defined(__i386__)
  push ebp
  mov ebp, esp
  call recurse
#elif defined(__arm__)
  push {r11, lr}
  mov r11, sp
  bl recurse
#elif defined(__aarch64__)
  stp x29, x30, [sp, #-16]!
  mov x29, sp
  bl recurse
#endif

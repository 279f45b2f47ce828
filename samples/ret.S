/* Without any system call: a plain return from the entry function ends the program with its value, 42. */
#include <cmos.inc>

CMOS_START _start
#if defined(__x86_64__) || defined(__i386__)
  mov eax, 42
  ret
#elif defined(__arm__)
  mov r0, #42
  bx lr
#elif defined(__aarch64__)
  mov x0, #42
  ret
#endif

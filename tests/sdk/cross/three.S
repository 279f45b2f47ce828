/* int corners(void) */
  .text
  .globl corners
corners:
#if defined(__x86_64__) || defined(__i386__)
  mov $3, %eax
  ret
#elif defined(__arm__)
  mov r0, #3
  bx lr
#else
  mov w0, #3
  ret
#endif

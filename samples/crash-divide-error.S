/* Divides by zero. Ends with 136. x86 only: ARM hardware gives 0 and goes on. */
#include <cmos.inc>

CMOS_START _start
  mov eax, 1
  xor edx, edx
  xor ecx, ecx
  div ecx

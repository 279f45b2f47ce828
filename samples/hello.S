/* The smallest program: one stdout call, then exit. Text and code share one read-and-execute page. */
#include <cmos.inc>
#define MESSAGE_LENGTH 15

CMOS_START _start
#if defined(__x86_64__)
  lea rcx, [rip + message]
  mov edx, MESSAGE_LENGTH
  xor edi, edi                     /* no colour */
  CMOS_CALL CMOS_SYS_stdout
  xor ecx, ecx
  CMOS_CALL CMOS_SYS_exit
#elif defined(__i386__)
  mov ecx, offset message
  mov edx, MESSAGE_LENGTH
  xor edi, edi
  CMOS_CALL CMOS_SYS_stdout
  xor ecx, ecx
  CMOS_CALL CMOS_SYS_exit
#elif defined(__arm__)
  adr r0, message
  mov r1, #MESSAGE_LENGTH
  mov r2, #0
  CMOS_CALL CMOS_SYS_stdout
  mov r0, #0
  CMOS_CALL CMOS_SYS_exit
#elif defined(__aarch64__)
  adr x0, message
  mov x1, #MESSAGE_LENGTH
  mov x2, #0
  CMOS_CALL CMOS_SYS_stdout
  mov x0, #0
  CMOS_CALL CMOS_SYS_exit
#endif

  .balign 4
message:
  .ascii "Hello, CalamOS\n"

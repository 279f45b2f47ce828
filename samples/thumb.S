/* ARM only, in Thumb code (--thumb): the entry offset in the CPE is odd. It calls ARM code and comes back. */
#include <cmos.inc>

CMOS_START _start
  mov r4, lr                       /* the way back to the exit stub */
  adr r0, thumb_text
  bl show
  blx arm_part
  movs r0, #0
  bx r4

  .thumb_func
show:                              /* r0: text of 16 bytes */
  movs r1, #16
  movs r2, #0
  CMOS_CALL CMOS_SYS_stdout
  bx lr

  .balign 4
thumb_text:
  .ascii "Hello from Thumb"

  .arm
  .balign 4
  .type arm_part, %function
arm_part:
  adr r0, arm_text
  mov r1, #15
  mov r2, #0
  CMOS_CALL CMOS_SYS_stdout
  bx lr
arm_text:
  .ascii ", and from ARM\n"

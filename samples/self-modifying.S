/* Code that rewrites itself: the number that `answer` returns is patched before each of three calls.
 * One writable and executable image, without boundary symbols.
 * Packed with: --no-protect
 */
#include <cmos.inc>

CMOS_START _start
#if defined(__x86_64__) || defined(__i386__)
  mov esi, '1'
again:
  mov eax, offset answer + 1       /* the immediate of mov eax, imm32 */
  mov byte ptr [eax], 0
  mov ecx, esi
  mov byte ptr [eax], cl
  call answer
  mov ecx, offset digit
  mov byte ptr [ecx], al
  mov edx, 2
  xor edi, edi
  CMOS_CALL CMOS_SYS_stdout
  inc esi
  cmp esi, '3'
  jbe again
  xor ecx, ecx
  CMOS_CALL CMOS_SYS_exit
answer:
  mov eax, 0x20
  ret
#elif defined(__arm__)
  mov r4, #'1'
again:
  adr r5, answer
  strb r4, [r5]                    /* the immediate of mov r0, #imm */
  dsb                              /* hardware also wants its caches told (a kernel's job on ARMv7) */
  isb
  bl answer
  adr r5, digit
  strb r0, [r5]
  mov r0, r5
  mov r1, #2
  mov r2, #0
  CMOS_CALL CMOS_SYS_stdout
  add r4, r4, #1
  cmp r4, #'3'
  bls again
  mov r0, #0
  CMOS_CALL CMOS_SYS_exit
answer:
  mov r0, #0x20
  bx lr
#elif defined(__aarch64__)
  mov w9, #'1'
again:
  adr x10, answer
  ldr w11, movz_w0
  orr w11, w11, w9, lsl #5         /* mov w0, #imm16 has its immediate at bit 5 */
  str w11, [x10]
  dc cvau, x10                     /* make the new instruction visible to instruction fetch */
  dsb ish
  ic ivau, x10
  dsb ish
  isb
  bl answer
  adr x10, digit
  strb w0, [x10]
  mov x0, x10
  mov x1, #2
  mov x2, #0
  CMOS_CALL CMOS_SYS_stdout
  add w9, w9, #1
  cmp w9, #'3'
  b.ls again
  mov x0, #0
  CMOS_CALL CMOS_SYS_exit
answer:
  mov w0, #0x20
  ret
  .balign 4
movz_w0:
  .word 0x52800000
#endif

  .balign 4
digit:
  .ascii "?\n"

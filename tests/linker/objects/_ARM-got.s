@ Slots of the global offset table, and calls of what is not there: GNU ld makes nops of them.
@ linkers: lld
  .syntax unified
  .arch armv7-a
  .text
  .arm
  .globl got_code
  .type got_code, %function
got_code:
  bl absent
  b absent
  .word other_data(GOT_PREL)
  .word other_data(GOT)
  .word absent_data(GOT)
  .word thumb_part(GOT)
  .thumb
  .globl thumb_part
  .type thumb_part, %function
  .thumb_func
thumb_part:
  bl absent
  b.w absent
  bx lr
  .weak absent, absent_data

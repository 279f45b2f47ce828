.arch AR64
.const msg utf8 "Hello\n"
.var n u64
global start
start:
  stp x29, x30, [sp, #-16]! // comment
  adr x0, msg
  adrp x0, msg
  add x0, x0, :lo12:msg
  mov x1, sizeof(msg)
  mov x2, #0
  call stdout
  ldr x3, =n
  ldr x4, =helper
  fmov d0, #1.5
  tbz x0, #3, .x
  b.eq .x
  cbz x0, helper
.x: ldp x29, x30, [sp], #16
  ret
helper: ret
 movi v0.4s, #0

.arch _ARM
.const msg utf8 "Hello\n"
.var n u32
global start
start:
  push {r4, lr}      @ comment
  ldr r0, =msg
  movw r1, #:lower16:msg
  movt r1, #:upper16:msg
  mov r1, #sizeof(msg)
  mov r2, #0
  call stdout
  ldr r0, =helper
  ldr r3, =n
  ldr r0, =.x
  beq .x
.x:
  mov r0, #'A'
  pop {r4, pc}
helper: bx lr
.thumb
th: bx lr
  call start
  ldr r0, =th
  .align 4

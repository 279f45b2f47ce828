; Hello in CBT assembly, one source for every ARCH:
;
;     cmos-as hello.asm --arch AR64
;     cmos-ld hello.cpo -lcmos -o hello.cpe
;     cmos-run hello.cpe
;
; sdk/lib is the folder with libcmos: in the build folder, or share/cmos/sdk/lib when installed.

.const message utf8 "Hello, CalamOS\n"
.const green u32 0xff40c040          ; ARGB

global start
start:
.ifarch 8664
  mov rcx, offset message            ; argument 1
  mov edx, sizeof(message)           ; argument 2
  mov rdi, offset green              ; argument 3
  call stdout
  xor eax, eax
  ret                                ; ends the program with rax
.endif
.ifarch __86
  mov ecx, offset message
  mov edx, sizeof(message)
  mov edi, offset green
  call stdout
  xor eax, eax
  ret
.endif
.ifarch _ARM
  push {r4, lr}
  ldr r0, =message
  mov r1, #sizeof(message)
  ldr r2, =green
  call stdout
  mov r0, #0
  pop {r4, pc}
.endif
.ifarch AR64, APPL
  stp x29, x30, [sp, #-16]!
  adr x0, message
  mov x1, sizeof(message)
  adr x2, green
  call stdout
  mov x0, #0
  ldp x29, x30, [sp], #16
  ret
.endif

.macro put text, n=sizeof(\text)
%%a: mov edx, \n
 put \text, \n - 1
.endm
.struct point
 x u32
 y bytes[3]
.ends
.const p point 1, "ab"
.set i, 0
%define A [rbp + 8]
%macro two 1-2 5
 add %1, %2
%endmacro
f:
 put p
.rept 3
 .byte i, \+
.set i, i + 1
.endr
.irp r, eax, ebx
 two \r
.endr
 times 3 nop
 mov eax, \
  A
.assert $ - f < 5, "no"

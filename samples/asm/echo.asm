; Shows its arguments on one line, as a shell's echo does. x86-64.
;
;     cmos-as echo.asm && cmos-ld echo.cpo -lcmos -o echo.cpe
;     cmos-run echo.cpe one "two words"
;
; The functions of libcmos change no register but rax, so loops may keep what they need anywhere.

.arch 8664
.define ROOM 4096

.var buffer bytes[ROOM] align 8      ; u32 count, then u32 length and bytes of each argument
.const space utf8 " "
.const newline utf8 "\n"
.const too_long utf8 "echo: the arguments are too long\n"

global start
start:
  mov rcx, offset buffer
  mov edx, ROOM
  call arguments                     ; rax = bytes that all of them need
  cmp rax, ROOM
  ja .too_long
  mov ebx, [buffer]                  ; how many there are, the program's name counted
  mov rsi, offset buffer + 4
  mov eax, [rsi]
  lea rsi, [rsi + rax + 4]           ; the first one behind the name
.next:
  dec ebx
  jle .done
  lea rcx, [rsi + 4]
  mov edx, [rsi]
  xor edi, edi                       ; no colour
  call stdout
  lea rsi, [rcx + rdx]
  cmp ebx, 1
  je .next
  mov rcx, offset space
  mov edx, sizeof(space)
  call stdout
  jmp .next
.done:
  mov rcx, offset newline
  mov edx, sizeof(newline)
  xor edi, edi
  call stdout
  xor eax, eax
  ret
.too_long:
  mov rcx, offset too_long
  mov edx, sizeof(too_long)
  xor edi, edi
  call stdout
  mov eax, 1
  ret

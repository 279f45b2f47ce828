.arch __86
.const msg utf8 "Hello\n"
.var n u32
start:
  mov ecx, offset msg
  push msg
  push offset msg + 2
  push 5
  mov edx, sizeof(msg)
  xor edi, edi
  call stdout
  mov eax, dword [n]
  mov eax, [n + 4*ebx]
  mov eax, [ebx - 3]
  mov word [n], 0FFh
  mov eax, ~3 & 0xff
  jmp start
  ret

a:
mov eax,
mov eax,, 5
add , 5
mov eax, [ebx + ecx + edx]
mov eax, [ebx + (ecx)]
mov al, 300
mov al, -128
mov byte [rbx], 256
mov r8d, 0x123456789
mov rax, [0x1234567890]
mov eax, fs:[ebx+ecx]
mov al, 'x'
ret

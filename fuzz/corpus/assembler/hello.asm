; Hello in CBT assembly
.arch 8664
.const msg utf8 "Hello; CalamOS\n"   ; a comment
.const colour u32 0xff00ff00
.var counter u64
.var buf bytes[16] align 16
.const table ptr[] start, msg, counter + 4
.const pi f64 3.14159
.define LEN sizeof(msg)
global start

start:
    mov rcx, msg
    mov edx, LEN
    lea rdi, [rip + colour]
    call stdout
    inc qword [counter]
.again:
    dec edx
    jnz .again
    jmp start
helper:
    mov eax, 'A'
    ret

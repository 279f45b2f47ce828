== load64 8664
  nop
  inc rbx
fault: mov rax, [rdi]
  inc rbx
== load8 8664
  inc rbx
fault: mov al, [rdi]
  hlt
== store64 8664
  inc rbx
  inc rcx
fault: mov [rdi], rax
  hlt
== store16 8664
  inc rbx
fault: mov [rdi], ax
  hlt
== push 8664
  mov rsp, rdi
fault: push rax
== call 8664
  mov rsp, rdi
fault: call fault
== ret 8664
  mov rsp, rdi
fault: ret
== sse_load 8664
  inc rbx
fault: movups xmm0, [rdi]
== sse_store 8664
  inc rbx
fault: movups [rdi], xmm0
== x87_load 8664
  inc rbx
fault: fld tbyte ptr [rdi]
== x87_store 8664
  fld1
fault: fstp tbyte ptr [rdi]
== fxsave 8664
  inc rbx
fault: fxsave [rdi]
== cmpxchg16b 8664
  inc rbx
fault: cmpxchg16b [rdi]
== lock_add 8664
  inc rbx
fault: lock add dword ptr [rdi], 1
== xchg 8664
  inc rbx
fault: xchg [rdi], rax
== rep_stos 8664
  mov ecx, 10
fault: rep stosb
== rep_movs 8664
  mov ecx, 10
  mov rsi, rdi
fault: rep movsq
== movbe 8664
  inc rbx
fault: movbe rax, [rdi]
== indirect_call 8664
  inc rbx
fault: call [rdi]
== load32 __86
  inc ebx
fault: mov eax, [edi]
== store32 __86
  inc ebx
fault: mov [edi], eax
== push __86
  mov esp, edi
fault: push eax
== pusha __86
  mov esp, edi
fault: pushad
== x87_store __86
  fldz
fault: fst qword ptr [edi]
== lock_inc __86
  inc ebx
fault: lock inc dword ptr [edi]
== ldr _ARM
  add r1, r1, #1
fault: ldr r0, [r8]
  add r1, r1, #1
== ldrb _ARM
  add r1, r1, #1
fault: ldrb r0, [r8]
== str _ARM
  add r1, r1, #1
fault: str r0, [r8]
== strh _ARM
  add r1, r1, #1
fault: strh r0, [r8]
== strd _ARM
  add r1, r1, #1
fault: strd r0, r1, [r8]
== ldm _ARM
  add r1, r1, #1
fault: ldm r8, {r2, r3, r4}
== push _ARM
  mov sp, r8
fault: push {r0, r1}
== vldr _ARM
  add r1, r1, #1
fault: vldr d0, [r8]
== vstr _ARM
  add r1, r1, #1
fault: vstr d0, [r8]
== vld1 _ARM
  add r1, r1, #1
fault: vld1.32 {d0}, [r8]
== ldrex _ARM
  add r1, r1, #1
fault: ldrex r0, [r8]
== ldr thumb
  adds r1, #1
  ldr.w r2, [sp]
fault: ldr r0, [r7]
== str_in_it thumb
  movs r1, #0
  itt eq
  addeq r1, #1
fault: streq r0, [r7]
== push thumb
  mov sp, r7
fault: push {r0, r1}
== ldr AR64
  add x1, x1, #1
fault: ldr x0, [x20]
  add x1, x1, #1
== ldrb AR64
  add x1, x1, #1
fault: ldrb w0, [x20]
== str AR64
  add x1, x1, #1
fault: str x0, [x20]
== stp AR64
  mov sp, x20
fault: stp x29, x30, [sp, #-16]!
== ldp AR64
  add x1, x1, #1
fault: ldp x2, x3, [x20]
== ldr_q AR64
  add x1, x1, #1
fault: ldr q0, [x20]
== str_q AR64
  add x1, x1, #1
fault: str q0, [x20]
== ld1 AR64
  add x1, x1, #1
fault: ld1 {v0.4s}, [x20]
== ldxr AR64
  add x1, x1, #1
fault: ldxr x0, [x20]
== ldar AR64
  add x1, x1, #1
fault: ldar x0, [x20]
== dc_zva AR64
  add x1, x1, #1
fault: dc zva, x20
== stxr AR64
  mov x2, sp
  ldxr x0, [x2]
fault: str x0, [x20]
== count 8664
  mov ecx, 1000
  xor eax, eax
outer: add rax, rcx
  test cl, 3
  jz skip
  imul rax, rax, 3
  push rax
  call leaf
  pop rdx
skip: cld
  mov r8, rcx
  lea rdi, [0x500000]
  mov ecx, 5
  rep stosb
  mov ecx, 0
  rep stosb
  lea rdi, [0x500000]
  mov ecx, 9
  repne scasb
  mov rcx, r8
  dec ecx
  jnz outer
  int 0x80
  nop
end: jmp end
leaf: cmovz rax, rcx
  xor rdx, rdx
  ret
== count __86
  mov ecx, 1000
  xor eax, eax
outer: add eax, ecx
  test cl, 3
  jz skip
  imul eax, eax, 3
  push eax
  call leaf
  pop edx
skip: cld
  mov ebx, ecx
  mov edi, 0x500000
  mov ecx, 7
  rep stosd
  mov ecx, ebx
  dec ecx
  jnz outer
  int 0x80
  nop
end: jmp end
leaf: xor edx, edx
  ret
== count _ARM
  mov r1, #1000
  mov r0, #0
outer: add r0, r0, r1
  tst r1, #3
  beq skip
  mul r2, r0, r1
  push {r2, lr}
  bl leaf
  pop {r2, lr}
skip: subs r1, r1, #1
  bne outer
  svc #0
  nop
end: b end
leaf: addeq r3, r3, #1
  bx lr
== count thumb
  movs r1, #200
  movs r0, #0
outer: adds r0, r0, r1
  tst.w r1, #3
  itte eq
  addeq r2, #1
  addeq.w r3, r3, #2
  addne r4, #1
  cmp r1, #7
  beq skip
  push {r2, lr}
  bl leaf
  pop {r2, r5}
skip: subs r1, #1
  bne outer
  svc #0
  nop
end: b end
leaf: bx lr
== count AR64
  mov x1, #1000
  mov x0, #0
outer: add x0, x0, x1
  tst x1, #3
  b.eq skip
  mul x2, x0, x1
  stp x2, x30, [sp, #-16]!
  bl leaf
  ldp x2, x30, [sp], #16
skip: subs x1, x1, #1
  b.ne outer
  svc #0
  nop
end: b end
leaf: csel x3, x1, x2, eq
  ret
== smc_same_block 8664
  mov byte ptr [rip + patch + 1], 2
patch: mov al, 1
  int 0x80
== smc_same_block __86
  mov byte ptr [patch + 1], 2
patch: mov al, 1
  int 0x80
== smc_other_block 8664
  mov ecx, 20
loop: mov dword ptr [rip + f + 1], ecx
  call f
  add ebx, eax
  dec ecx
  jnz loop
  int 0x80
f: mov eax, 0
  ret
== smc_other_block __86
  mov ecx, 20
loop: mov dword ptr [f + 1], ecx
  call f
  add ebx, eax
  dec ecx
  jnz loop
  int 0x80
f: mov eax, 0
  ret
== smc_other_page 8664
  mov ecx, 20
  lea rdi, [rip + f]
  add rdi, 0x3000
  mov byte ptr [rdi + 64], 1
loop: mov byte ptr [rdi], 0xb8
  mov dword ptr [rdi + 1], ecx
  mov byte ptr [rdi + 5], 0xc3
  call rdi
  add ebx, eax
  dec ecx
  jnz loop
  int 0x80
f: nop
== smc_other_page __86
  mov ecx, 20
  mov edi, 0x403000
  mov byte ptr [edi + 64], 1
loop: mov byte ptr [edi], 0xb8
  mov dword ptr [edi + 1], ecx
  mov byte ptr [edi + 5], 0xc3
  call edi
  add ebx, eax
  dec ecx
  jnz loop
  int 0x80
== smc_other_block _ARM
  mov r4, #20
  adr r6, f
  ldr r7, template
loop: add r5, r7, r4
  str r5, [r6]
  mcr p15, 0, r0, c7, c5, 4
  bl f
  add r1, r1, r0
  subs r4, r4, #1
  bne loop
  mov r7, #0
  svc #0
f: mov r0, #0
  bx lr
template: .word 0xe3a00000
== smc_other_page _ARM
  mov r4, #20
  adr r6, template
  add r6, r6, #0x3000
  ldr r7, template
  ldr r8, template + 4
  str r8, [r6, #64]
loop: add r5, r7, r4
  str r5, [r6]
  str r8, [r6, #4]
  mcr p15, 0, r0, c7, c5, 4
  blx r6
  add r1, r1, r0
  subs r4, r4, #1
  bne loop
  svc #0
template: .word 0xe3a00000, 0xe12fff1e
== smc_other_block thumb
  movs r4, #20
  adr r6, f
  ldr r7, template
loop: adds r5, r7, r4
  strh r5, [r6]
  isb
  bl f
  adds r1, r1, r0
  subs r4, #1
  bne loop
  svc #0
  .p2align 2
f: movs r0, #0
  bx lr
  .p2align 2
template: .word 0x2000
== smc_other_block AR64
  mov x4, #20
  adr x6, f
  ldr w7, template
loop: add w5, w7, w4, lsl #5
  str w5, [x6]
  dc cvau, x6
  ic ivau, x6
  isb
  bl f
  add x1, x1, x0
  subs x4, x4, #1
  b.ne loop
  svc #0
f: mov x0, #0
  ret
template: .word 0xd2800000
== smc_other_page AR64
  mov x4, #20
  adr x6, template
  add x6, x6, #0x3000
  ldr w7, template
  ldr w8, template + 4
  str w8, [x6, #64]
loop: add w5, w7, w4, lsl #5
  str w5, [x6]
  str w8, [x6, #4]
  ic ivau, x6
  isb
  blr x6
  add x1, x1, x0
  subs x4, x4, #1
  b.ne loop
  svc #0
template: .word 0xd2800000, 0xd65f03c0

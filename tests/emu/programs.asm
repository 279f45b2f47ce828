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

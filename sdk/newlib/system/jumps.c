// setjmp and longjmp for x86-64, in place of newlib's, whose longjmp(b, 0) makes setjmp return 0 instead of 1 (C11
// 7.13.2.1): a program that jumps back with a counter would begin anew for ever.
#ifdef __x86_64__
__asm__(
    ".text\n"
    ".globl setjmp\n"
    ".type setjmp, @function\n"
    "setjmp:\n"
    "  movq %rbx, 0(%rdi)\n"
    "  movq %rbp, 8(%rdi)\n"
    "  movq %r12, 16(%rdi)\n"
    "  movq %r13, 24(%rdi)\n"
    "  movq %r14, 32(%rdi)\n"
    "  movq %r15, 40(%rdi)\n"
    "  leaq 8(%rsp), %rax\n"  // the stack as it is after the return
    "  movq %rax, 48(%rdi)\n"
    "  movq (%rsp), %rax\n"
    "  movq %rax, 56(%rdi)\n"
    "  xorl %eax, %eax\n"
    "  ret\n"
    ".size setjmp, . - setjmp\n"
    ".globl longjmp\n"
    ".type longjmp, @function\n"
    "longjmp:\n"
    "  movl %esi, %eax\n"
    "  testl %eax, %eax\n"
    "  jne 1f\n"
    "  incl %eax\n"
    "1:\n"
    "  movq 0(%rdi), %rbx\n"
    "  movq 8(%rdi), %rbp\n"
    "  movq 16(%rdi), %r12\n"
    "  movq 24(%rdi), %r13\n"
    "  movq 32(%rdi), %r14\n"
    "  movq 40(%rdi), %r15\n"
    "  movq 48(%rdi), %rsp\n"
    "  jmpq *56(%rdi)\n"
    ".size longjmp, . - longjmp\n");
#endif

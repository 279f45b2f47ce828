# The relocations of x86-64 (relocation/relocation_table.cc) without slots of the global offset table.
  .text
  .globl asm_code
asm_code:
  call other                       # PLT32
  call other@PLT
  jmp asm_code
  lea other_data(%rip), %rax       # PC32
  mov other_data+8(%rip), %eax
  movl $5, other_data+4(%rip)
  mov $other_data, %edi            # 32
  mov other_data, %eax             # 32S
  movabs $other_data, %rax         # 64
  lea _GLOBAL_OFFSET_TABLE_(%rip), %rbx  # GOTPC32
  movabs $other_data@GOTOFF, %rcx  # GOTOFF64
  movabs $_GLOBAL_OFFSET_TABLE_-., %rcx  # GOTPC64
  jrcxz .Lnear
.Lnear:
  ret
  .data
  .quad other_data, other_data - ., text + 3
  .long other_data, other_data - .
  .reloc ., R_X86_64_PLT32, other
  .long 0
  .reloc ., R_X86_64_PLTOFF64, other
  .quad 0
  .weak absent_data
  .quad absent_data
  .set small, 0x1234
  .globl small_value
  .reloc ., R_X86_64_16, small_value
  .short 0
  .reloc ., R_X86_64_8, tiny_value
  .byte 0
  .reloc ., R_X86_64_PC16, .data
  .short 0
  .reloc ., R_X86_64_PC8, .Lhere
.Lhere:
  .byte 0

# Every relocation of x86 in the table without slots of the global offset table.
  .text
  .globl asm_code
asm_code:
  call other                       # PC32 or PLT32
  call other@PLT
  jmp asm_code
  mov $other_data, %eax            # 32
  mov other_data+8, %eax
  call .Lpic
.Lpic:
  pop %ebx
  add $_GLOBAL_OFFSET_TABLE_+(.-.Lpic), %ebx  # GOTPC
  lea other_data@GOTOFF(%ebx), %eax  # GOTOFF
  lea text@GOTOFF+2(%ebx), %eax
  ret
  .data
  .long other_data, other_data - ., text + 3
  .reloc ., R_386_PLT32, other
  .long -4
  .weak absent_data
  .long absent_data
  .reloc ., R_386_16, small_value
  .short 0
  .reloc ., R_386_8, tiny_value
  .byte 0
  .reloc ., R_386_PC16, .data
  .short 0
  .reloc ., R_386_PC8, .Lhere
.Lhere:
  .byte 0

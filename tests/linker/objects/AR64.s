// Every relocation of ARM64 in the table without slots of the global offset table.
  .text
  .globl asm_code
asm_code:
  bl other                         // CALL26
  b other                          // JUMP26
  b.eq other                       // CONDBR19
  cbz x0, other
  tbz x0, #3, other                // TSTBR14
  adr x0, text                     // ADR_PREL_LO21
  adrp x0, other_data              // ADR_PREL_PG_HI21
  add x0, x0, :lo12:other_data     // ADD_ABS_LO12_NC
  adrp x0, :pg_hi21_nc:other_data
  ldrb w1, [x0, :lo12:bytes]       // LDST8 …
  ldrh w1, [x0, :lo12:bytes+2]
  ldr w1, [x0, :lo12:bytes+4]
  ldr x1, [x0, :lo12:bytes+8]
  ldr q1, [x0, :lo12:bytes+16]
  ldr x1, bytes                    // LD_PREL_LO19
  movz x0, #:abs_g3:wide           // MOVW_UABS
  movk x0, #:abs_g2_nc:wide
  movk x0, #:abs_g1_nc:wide
  movk x0, #:abs_g0_nc:wide
  movz x0, #:abs_g0:small_value
  movz x0, #:abs_g1:other_data
  movz x0, #:abs_g2:other_data
  movz x0, #:abs_g0_s:small_value  // MOVW_SABS
  movz x0, #:abs_g1_s:other_data
  movz x0, #:abs_g2_s:other_data
  ret
  .weak absent
  .weak absent_data
  .data
  .balign 16
bytes:
  .quad other_data, other_data - ., text + 3
  .word other_data, other_data - .
  .quad absent_data
  .hword small_value
  .hword bytes - .

@ Every relocation of ARM and Thumb in the table without slots of the global offset table.
  .syntax unified
  .arch armv7-a
  .text
  .arm
  .globl asm_code
  .type asm_code, %function
asm_code:
  bl other                         @ CALL
  bl thumb_code                    @ CALL, becomes BLX
  blx other
  b other                          @ JUMP24
  bleq other
  movw r0, #:lower16:other_data    @ MOVW_ABS_NC
  movt r0, #:upper16:other_data    @ MOVT_ABS
  movw r0, #:lower16:thumb_code
  movt r0, #:upper16:thumb_code
  movw r0, #:lower16:(other_data - .)  @ MOVW_PREL_NC
  movt r0, #:upper16:(other_data - .)  @ MOVT_PREL
  .reloc ., R_ARM_LDR_PC_G0, near_data
  ldr r0, [pc, #-8]
  bx lr
  .globl near_data
near_data:
  .word other_data(GOTOFF)         @ GOTOFF32
  .word other_data(TARGET1)
  .word other_data - .             @ REL32
  .word thumb_code, thumb_code - .
  .reloc ., R_ARM_PREL31, other
  .word 0
  .word _GLOBAL_OFFSET_TABLE_ - .  @ BASE_PREL

  .thumb
  .globl thumb_code
  .type thumb_code, %function
  .thumb_func
thumb_code:
  bl other                         @ THM_CALL, becomes BLX
  bl thumb_more
  blx other
  b.w thumb_more                   @ THM_JUMP24
  bne.w thumb_more                 @ THM_JUMP19
  movw r0, #:lower16:other_data    @ THM_MOVW_ABS_NC
  movt r0, #:upper16:other_data    @ THM_MOVT_ABS
  movw r0, #:lower16:(thumb_code - .)  @ THM_MOVW_PREL_NC
  movt r0, #:upper16:(thumb_code - .)  @ THM_MOVT_PREL
  b thumb_more                     @ THM_JUMP11
  beq thumb_more                   @ THM_JUMP8
  bx lr
  .globl thumb_more
  .type thumb_more, %function
  .thumb_func
thumb_more:
  bx lr
  .weak absent

  .data
  .word other_data, text + 3, thumb_code
  .weak absent_data
  .word absent_data

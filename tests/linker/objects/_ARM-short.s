@ What lld does not know.
@ linkers: bfd
  .data
  .reloc ., R_ARM_ABS16, small_value
  .short 0
  .reloc ., R_ARM_ABS8, tiny_value
  .byte 0

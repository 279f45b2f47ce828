# What lld does not know.
# linkers: bfd
  .data
  .reloc ., R_X86_64_GOTPCREL64, other_data
  .quad 0
  .reloc ., R_X86_64_GOTPLT64, other_data
  .quad 0

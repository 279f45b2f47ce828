# Slots of the global offset table. GNU ld orders them by the hashes of names, and rewrites loads.
# linkers: lld
  .text
  .globl got_code
got_code:
  mov other_data@GOTPCREL(%rip), %rax   # REX_GOTPCRELX
  mov absent_data@GOTPCREL(%rip), %rax
  call *other@GOTPCREL(%rip)            # GOTPCRELX
  push other@GOTPCREL(%rip)             # GOTPCREL
  movabs $other_data@GOT, %rcx          # GOT64
  .weak absent_data
  .data
  .long other_data@GOT                  # GOT32
  .reloc ., R_X86_64_GOTPCREL, other_data + 4
  .long 0

# Slots of the global offset table. GNU ld orders them by the hashes of names, and rewrites loads.
# linkers: lld
  .text
  .globl got_code
got_code:
  mov other_data@GOT(%ebx), %eax        # GOT32X
  call *other@GOT(%ebx)
  mov absent_data@GOT(%ebx), %eax
  push other@GOT(%ebx)
  mov other_data@GOT, %eax              # without a base register: the slot's address
  .weak absent_data
  .data
  .long other_data@GOT                  # GOT32

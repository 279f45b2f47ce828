// Slots of the global offset table, of which GNU ld reserves the first, and calls of what is not there.
// linkers: lld
  .text
  .globl got_code
got_code:
  adrp x0, :got:other_data         // ADR_GOT_PAGE
  ldr x0, [x0, :got_lo12:other_data]
  adrp x0, :got:absent_data
  ldr x0, [x0, :got_lo12:absent_data]
  adrp x0, _GLOBAL_OFFSET_TABLE_
  ldr x0, [x0, :gotpage_lo15:other_data]
  bl absent
  ret
  .weak absent, absent_data

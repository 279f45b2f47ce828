// The soft TLB has 256 entries and only grows when it is flushed: we flush it when fills show that
// it is too small. direct_stores.cc, which wraps the function that fills it, tells of each fill.
#ifdef CMOS_UNICORN_TUNED

#include "emu/unicorn/tuned/tuned.h"

namespace cmos::emu::unicorn {

void Tuned::tlb_filling(void* cpu) {
  if (++fills_ <= 4 * tlb_entries_ || tlb_entries_ >= target_.most_tlb_entries) return;
  fills_ = 0;
  tlb_entries_ *= 2;
  target_.flush_tlb(cpu);
}

}  // namespace cmos::emu::unicorn

#endif  // CMOS_UNICORN_TUNED

// Stores. The library's dirty check is hard-wired to "clean", so every guest store takes the slow
// path with a lock and three allocations. After each fill of the soft TLB we call the library's own
// tlb_set_dirty() unless the page holds translated code. Translation (translation.cc) is where we
// learn which pages do; a page that gains code loses its TLB entries, so that the next store to it
// is seen and invalidates the code: self-modifying code keeps working.
#ifdef CMOS_UNICORN_TUNED

#include "emu/unicorn/tuned/tuned.h"

namespace cmos::emu::unicorn {

void Tuned::mark_code(void* cpu, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t page = first / kGuestPage; page <= last / kGuestPage; ++page) {
    if (code_pages_.contains(page)) continue;
    code_pages_.add(page);
    for (std::uint64_t at = 0; at < kGuestPage; at += target_.page)
      target_.flush_page(cpu, page * kGuestPage + at);
  }
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
#define CMOS_WRAP(suffix)                                                                        \
  void tlb_set_dirty_##suffix(void*, guest_##suffix);                                            \
  void __real_tlb_set_page_with_attrs_##suffix(void*, guest_##suffix, std::uint64_t,             \
                                               std::uint64_t, int, int, guest_##suffix);         \
  void __wrap_tlb_set_page_with_attrs_##suffix(void* cpu, guest_##suffix address,                \
                                               std::uint64_t physical, std::uint64_t attributes, \
                                               int protection, int mmu, guest_##suffix size) {   \
    if (current != nullptr) {                                                                    \
      current->soft_tlb().before_fill(address / current->page_bytes(), mmu,                      \
                                      current->page_bytes());                                    \
      protection = current->allowed(address, protection);                                        \
    }                                                                                            \
    __real_tlb_set_page_with_attrs_##suffix(cpu, address, physical, attributes, protection, mmu, \
                                            size);                                               \
    if (current == nullptr) return;                                                              \
    current->soft_tlb().after_fill();                                                            \
    if (current->stores_directly(address)) tlb_set_dirty_##suffix(cpu, address);                 \
  }
CMOS_WRAP_EACH_TARGET(CMOS_WRAP)
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

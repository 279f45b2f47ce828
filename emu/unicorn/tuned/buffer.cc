// The translation buffer is 1 GiB, whose failure to map ends the process. We size it, after trying
// the mapping.
#ifdef CMOS_UNICORN_TUNED

#include <fmt/format.h>
#include <sys/mman.h>

#include "emu/unicorn/tuned/tuned.h"

namespace cmos::emu::unicorn {

Result<void> Tuned::try_translation_buffer() const {
  void* trial = mmap(nullptr, translation_buffer(), PROT_READ | PROT_WRITE | PROT_EXEC,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (trial == MAP_FAILED)
    return fail(ErrorCode::kLimit,
                fmt::format("the host has no memory for {} bytes of translated code",
                            translation_buffer()));
  munmap(trial, translation_buffer());
  return {};
}

void Tuned::forget_translations() {
  blocks_.clear();
  counter_.current = &kNoBlock;
  code_pages_.clear();
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
#define CMOS_WRAP(suffix)                                                                         \
  void __real_tcg_exec_init_##suffix(void*, unsigned long);                                       \
  void __wrap_tcg_exec_init_##suffix(void* uc, unsigned long size) {                              \
    __real_tcg_exec_init_##suffix(uc, current != nullptr ? current->translation_buffer() : size); \
  }
CMOS_WRAP_EACH_TARGET(CMOS_WRAP)
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

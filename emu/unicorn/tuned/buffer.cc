// The translation buffer.
//
// Size: it is 1 GiB, whose failure to map ends the process. We size it, after trying the mapping.
//
// Its end: when it is full, everything is thrown away (tb_flush()) and translation begins at its
// start again. But 2.0.1 does not take its only region at the start (QEMU mended that later), so
// the first time the buffer is full the allocator takes the region as if it were a second one: it
// zeroes the code of all blocks, which are still found and chained to, and hands out their memory.
// A guest decides what is then read as a pointer. We see it by a block below its predecessor
// without a flush between them, and answer what the allocator says when nothing is left: its caller
// flushes, and from then on the region is taken.
//
// Every flush resets the regions, which is where we learn of it.
//
// Its pages: the library asks for huge ones, and the first word of code has the host zero 2 MiB, a
// tenth of what a short program costs in all. Its first 2 MiB are ordinary pages until a quarter of
// them is used, when they become a huge one as well.
//
// The table in which its blocks are found is made for 32,768 of them, which writes to 512 KiB of
// memory: a third of what a short program costs in all. It grows by itself, so it begins small.
#ifdef CMOS_UNICORN_TUNED

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>

#include "base/host_memory.h"
#include "emu/unicorn/tuned/tuned.h"

namespace cmos::emu::unicorn {

Result<void> Tuned::try_translation_buffer() const {
  void* trial = mmap(nullptr, translation_buffer(), PROT_READ | PROT_WRITE | PROT_EXEC,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (trial == MAP_FAILED)
    return fail(no_host_memory(fmt::format("{} bytes of translated code", translation_buffer())));
  munmap(trial, translation_buffer());
  return {};
}

namespace {

constexpr std::size_t kHugePage = 2u << 20;
constexpr std::size_t kShortProgram = kHugePage / 4;
/// MADV_COLLAPSE, which hosts before 6.1 refuse: these do the same by and by.
constexpr int kCollapse = 25;

}  // namespace

int Tuned::advise_buffer(void* start, std::size_t size, int advice) {
  if (advice != MADV_HUGEPAGE || size <= kHugePage) return ::madvise(start, size, advice);
  char* const begin = static_cast<char*>(start);
  small_pages_ = begin;
  ::madvise(begin, kHugePage, MADV_NOHUGEPAGE);
  return ::madvise(begin + kHugePage, size - kHugePage, advice);
}

void Tuned::join_small_pages() {
  ::madvise(small_pages_, kHugePage, MADV_HUGEPAGE);
  ::madvise(small_pages_, kHugePage, kCollapse);
  small_pages_ = nullptr;
}

void* Tuned::allocated(void* block) {
  if (small_pages_ != nullptr && block > small_pages_ + kShortProgram) join_small_pages();
  if (block != nullptr && block > newest_block_) return newest_block_ = block;
  // The caller flushes and leaves to the execution loop, which begins anew: a step has not been
  // taken then, and the next block is again to be one instruction long.
  flushed_ = true;
  if (stepping_) field<std::uint32_t>(cpu_, kCpuNextFlags) = kOneInstruction;
  return nullptr;
}

void Tuned::forget_translations() {
  newest_block_ = nullptr;
  code_pages_.clear();
  // What counts goes on from the block that ended last.
  if (counter_.current != &kNoBlock) {
    before_flush_ = *counter_.current;
    counter_.current = &before_flush_;
  }
  blocks_.clear();
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
#define CMOS_WRAP(suffix)                                                                         \
  void __real_tcg_exec_init_##suffix(void*, unsigned long);                                       \
  void __wrap_tcg_exec_init_##suffix(void* uc, unsigned long size) {                              \
    __real_tcg_exec_init_##suffix(uc, current != nullptr ? current->translation_buffer() : size); \
  }                                                                                               \
                                                                                                  \
  void* __real_tcg_tb_alloc_##suffix(void*);                                                      \
  void* __wrap_tcg_tb_alloc_##suffix(void* context) {                                             \
    void* block = __real_tcg_tb_alloc_##suffix(context);                                          \
    return current != nullptr ? current->allocated(block) : block;                                \
  }                                                                                               \
                                                                                                  \
  void __real_tcg_region_reset_all_##suffix(void*);                                               \
  void __wrap_tcg_region_reset_all_##suffix(void* context) {                                      \
    __real_tcg_region_reset_all_##suffix(context);                                                \
    if (current != nullptr) current->forget_translations();                                       \
  }
CMOS_WRAP_EACH_TARGET(CMOS_WRAP)

extern "C" {
int __real_qemu_madvise(void* start, std::size_t size, int advice);
int __wrap_qemu_madvise(void* start, std::size_t size, int advice) {
  return current != nullptr ? current->advise_buffer(start, size, advice)
                            : __real_qemu_madvise(start, size, advice);
}

void __real_qht_init(void* table, void* equal, std::size_t blocks, unsigned mode);
void __wrap_qht_init(void* table, void* equal, std::size_t blocks, unsigned mode) {
  constexpr std::size_t kFirstBlocks = 2048;
  __real_qht_init(table, equal, std::min(blocks, kFirstBlocks), mode);
}
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

#include "tools/cmos-as/heap.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace cmos::as {

void prepare_heap(std::size_t source) {
#if defined(__GLIBC__) && defined(MADV_HUGEPAGE)
  constexpr std::size_t kSmall = 128u << 10;  // a few thousand lines fit ordinary pages
  constexpr std::size_t kMost = 512u << 20;   // of address space, not of memory
  constexpr std::size_t kProgram = 40;        // bytes for each of the source
  constexpr std::uintptr_t kHugePage = 2u << 20;
  constexpr int kOwnMapping = 32 << 20;  // the most that glibc takes for this limit
  if (source < kSmall) return;
  const std::size_t room = std::min(source * kProgram, kMost);
  ::mallopt(M_MMAP_THRESHOLD, kOwnMapping);
  ::mallopt(M_TRIM_THRESHOLD, static_cast<int>(kMost));
  ::mallopt(M_TOP_PAD, static_cast<int>(room));
  const auto start = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  // The heap grows by `room`, too. The compiler would leave out a pair of calls that it sees.
  void* volatile some = std::malloc(kOwnMapping / 2);
  std::free(some);
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  const std::uintptr_t first = (start + kHugePage - 1) / kHugePage * kHugePage;
  if (first < end)
    ::madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);  // NOLINT: an address
#else
  static_cast<void>(source);
#endif
}

}  // namespace cmos::as

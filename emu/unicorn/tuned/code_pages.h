// Which pages hold translated code.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <unordered_set>

namespace cmos::emu::unicorn {

/// A superset: a page is forgotten only when all translations are.
class CodePages {
 public:
  CodePages()
      : low_(static_cast<std::uint8_t*>(mmap(nullptr, kLowPages / 8, PROT_READ | PROT_WRITE,
                                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
  }
  ~CodePages() {
    if (usable()) munmap(low_, kLowPages / 8);
  }
  CodePages(const CodePages&) = delete;
  CodePages& operator=(const CodePages&) = delete;

  bool usable() const { return low_ != MAP_FAILED; }
  bool contains(std::uint64_t page) const {
    if (page < kLowPages) return (low_[page >> 3] >> (page & 7) & 1) != 0;
    return high_.count(page) != 0;
  }
  void add(std::uint64_t page) {
    if (page < kLowPages)
      low_[page >> 3] |= static_cast<std::uint8_t>(1u << (page & 7));
    else
      high_.insert(page);
  }
  void clear() {
    madvise(low_, kLowPages / 8, MADV_DONTNEED);
    high_.clear();
  }

 private:
  // The first 4 GiB, where programs live; touched pages of it only cost memory.
  static constexpr std::uint64_t kLowPages = 1 << 20;
  std::uint8_t* low_;
  std::unordered_set<std::uint64_t> high_;
};

}  // namespace cmos::emu::unicorn

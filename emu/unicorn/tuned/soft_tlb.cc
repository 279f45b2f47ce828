#ifdef CMOS_UNICORN_TUNED

#include "emu/unicorn/tuned/soft_tlb.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "emu/unicorn/tuned/tuned.h"

namespace cmos::emu::unicorn {
namespace {

// exec/cpu-defs.h: struct CPUIOTLBEntry, CPU_VTLB_SIZE entries that are victims, and what follows
// them in CPUTLBDesc; struct CPUTLBCommon, whose first field is `dirty`, before the first of those.
constexpr std::size_t kIoEntry = 16, kVictims = 8;
constexpr std::ptrdiff_t kBeforeDescriptors = 0x20;
constexpr std::uint64_t kFirstMask = 0x1fe0;
constexpr std::uint64_t kSpace = 1ull << 32;
/// Fills of the library's table after which a program gets the large one: one for each entry.
constexpr unsigned kFewFills = 256;
/// To empty as many entries costs about as much as to give the memory back.
constexpr std::size_t kMostRemembered = 512;

void* reserve(std::size_t size) {
  void* place = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) return nullptr;
  // A huge page would be cleared as a whole for its first entry.
  madvise(place, size, MADV_NOHUGEPAGE);
  return place;
}

}  // namespace

SoftTlb::Table& SoftTlb::table(int mode) const {
  return at<Table>(layout_.tables + mode * static_cast<std::ptrdiff_t>(sizeof(Table)));
}

std::ptrdiff_t SoftTlb::descriptor(int mode) const {
  return layout_.descriptors + mode * static_cast<std::ptrdiff_t>(layout_.descriptor_size);
}

void*& SoftTlb::io_table(int mode) const {
  return at<void*>(descriptor(mode + 1) - static_cast<std::ptrdiff_t>(sizeof(void*)));
}

std::uint16_t& SoftTlb::dirty_modes() const {
  return at<std::uint16_t>(layout_.descriptors - kBeforeDescriptors);
}

bool SoftTlb::has_known_layout() const {
  for (int mode = 0; mode < static_cast<int>(layout_.modes); ++mode)
    if (table(mode).mask != kFirstMask || table(mode).entries == nullptr ||
        io_table(mode) == nullptr)
      return false;
  return dirty_modes() >> layout_.modes == 0;
}

void SoftTlb::empty_victims() const {
  constexpr std::size_t kSize = kVictims * sizeof(Entry);
  const std::ptrdiff_t end = descriptor(mode_ + 1) - static_cast<std::ptrdiff_t>(sizeof(void*));
  std::memset(&at<char>(end - static_cast<std::ptrdiff_t>(kSize + kVictims * kIoEntry)), 0xff,
              kSize);
}

/// The entry of page 0 and the last one, with which an access that begins there is compared by the
/// page of its last byte, which may be page 0.
void SoftTlb::empty_ends() const {
  Entry* entries = table(mode_).entries;
  for (const std::size_t index : {std::size_t{0}, entries_ - 1})
    std::memset(&entries[index], 0xff, sizeof(Entry));
}

void SoftTlb::install(int mode, std::uint64_t page_bytes) {
  const std::size_t entries = kSpace / page_bytes;
  void* place = reserve(entries * sizeof(Entry));
  void* io = reserve(entries * kIoEntry);
  if (place == nullptr || io == nullptr) {  // it goes on with the library's
    if (place != nullptr) munmap(place, entries * sizeof(Entry));
    return;
  }
  mode_ = mode;
  entries_ = entries;
  own_ = table(mode);
  own_io_ = io_table(mode);
  table(mode) = {.mask = (entries - 1) * sizeof(Entry), .entries = static_cast<Entry*>(place)};
  io_table(mode) = io;
  empty_ends();
  empty_victims();
  filled_.reserve(kMostRemembered);
}

void SoftTlb::before_fill(std::uint64_t page, int mode, std::uint64_t page_bytes) {
  if (mode_ == kNoMode) {
    if (++fills_ <= kFewFills) return;
    fills_ = 0;
    install(mode, page_bytes);
  }
  if (mode != mode_) return;
  const auto index = static_cast<std::uint32_t>(page & (entries_ - 1));
  Entry& entry = table(mode).entries[index];
  if ((entry.read | entry.write | entry.code | entry.addend) == 0)
    std::memset(&entry, 0xff, sizeof entry);
  if (filled_.size() < kMostRemembered) filled_.push_back(index);
}

void SoftTlb::after_fill() {
  if (mode_ != kNoMode) dirty_modes() &= static_cast<std::uint16_t>(~(1u << mode_));
}

void SoftTlb::flush() {
  if (mode_ == kNoMode) return;
  Entry* entries = table(mode_).entries;
  if (filled_.size() < kMostRemembered) {
    for (const std::uint32_t index : filled_) std::memset(&entries[index], 0xff, sizeof(Entry));
  } else {
    madvise(entries, entries_ * sizeof(Entry), MADV_DONTNEED);
    empty_ends();
  }
  filled_.clear();
  empty_victims();
}

void SoftTlb::release() {
  if (mode_ == kNoMode) return;
  munmap(table(mode_).entries, entries_ * sizeof(Entry));
  munmap(io_table(mode_), entries_ * kIoEntry);
  table(mode_) = own_;
  io_table(mode_) = own_io_;
  std::memset(own_.entries, 0xff, own_.mask + sizeof(Entry));
  empty_victims();
  mode_ = kNoMode;
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
#define CMOS_WRAP(suffix)                                                    \
  void __real_tlb_flush_##suffix(void*);                                     \
  void __wrap_tlb_flush_##suffix(void* cpu) {                                \
    if (current != nullptr) current->soft_tlb().flush();                     \
    __real_tlb_flush_##suffix(cpu);                                          \
  }                                                                          \
  void __real_tlb_flush_by_mmuidx_##suffix(void*, std::uint16_t);            \
  void __wrap_tlb_flush_by_mmuidx_##suffix(void* cpu, std::uint16_t modes) { \
    if (current != nullptr) current->soft_tlb().flush();                     \
    __real_tlb_flush_by_mmuidx_##suffix(cpu, modes);                         \
  }
CMOS_WRAP_EACH_TARGET(CMOS_WRAP)
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

// The soft TLB of a processor that has an entry for each page of the first 4 GiB.
//
// The library's own table has 256 entries and is indexed by the low bits of a page's number, so
// that pages which lie a multiple of 1 MiB apart take each other's entry, and programs of more than
// a mebibyte fill it all the time. Programs live in the first 4 GiB, so a table of that many
// entries is a page table, in which no two pages meet. It is memory of the host that is there when
// it is written to: what a program costs is 32 bytes for a page that it uses, and the bound is
// known.
//
// Fresh memory is zero, which the library would read as "page 0". So the entry of page 0, to which
// no other page of the first 4 GiB belongs, begins empty as the library writes it, and any other
// one becomes so before it is filled: the library moves what it replaces to its victim table, in
// which an entry of zeroes would be found by an access to page 0.
//
// To flush it is to empty the entries that were filled since the last time, or, when they are many,
// to give the memory back. The library must not do it: it would write to all of the table, and may
// free it to make it smaller. It flushes the modes that it holds for dirty, which this one never
// is.
//
// A program that needs few pages keeps the library's table: it costs nothing more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cmos::emu::unicorn {

/// Where the library keeps its tables (struct CPUTLB, before CPUArchState), each for the first
/// mode.
struct SoftTlbLayout {
  std::ptrdiff_t tables;       ///< CPUTLBDescFast: what generated code looks at
  std::ptrdiff_t descriptors;  ///< CPUTLBDesc: the rest, the victims too
  std::size_t descriptor_size;
  unsigned modes;
};

class SoftTlb {
 public:
  SoftTlb(const SoftTlbLayout& layout, void* const& state) : layout_(layout), state_(state) {}
  ~SoftTlb() { release(); }
  SoftTlb(const SoftTlb&) = delete;
  SoftTlb& operator=(const SoftTlb&) = delete;

  /// Whether the library's tables are where the layout says, as the library makes them.
  bool has_known_layout() const;
  /// Before and after the library fills the entry of a page. `page` is the page's number.
  void before_fill(std::uint64_t page, int mode, std::uint64_t page_bytes);
  void after_fill();
  /// Before the library flushes: empties the table that it does not know of.
  void flush();
  /// Gives the library its own table back.
  void release();

 private:
  struct Entry {
    std::uint64_t read, write, code, addend;
  };
  struct Table {
    std::uint64_t mask;  ///< of an index, times the size of an entry
    Entry* entries;
  };
  template <class T>
  T& at(std::ptrdiff_t offset) const {
    return *reinterpret_cast<T*>(static_cast<char*>(state_) + offset);
  }
  Table& table(int mode) const;
  std::ptrdiff_t descriptor(int mode) const;
  void*& io_table(int mode) const;
  std::uint16_t& dirty_modes() const;
  void install(int mode, std::uint64_t page_bytes);
  void empty_victims() const;
  void empty_ends() const;

  static constexpr int kNoMode = -1;
  const SoftTlbLayout& layout_;
  void* const& state_;  ///< CPUArchState
  int mode_ = kNoMode;  ///< the one whose table is ours
  std::size_t entries_ = 0;
  unsigned fills_ = 0;  ///< of the library's table
  Table own_{};         ///< the library's
  void* own_io_ = nullptr;
  std::vector<std::uint32_t> filled_;
};

}  // namespace cmos::emu::unicorn

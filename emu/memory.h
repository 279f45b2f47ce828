// A guest's memory: non-overlapping page-aligned regions, each with its own host memory. The engine
// executes directly on that memory; everything else reaches it through the checked copies here, so
// no guest pointer is ever trusted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/memory_budget.h"

namespace cmos::emu {

enum Permission : std::uint8_t { kNone = 0, kRead = 1, kWrite = 2, kExecute = 4 };
using Permissions = std::uint8_t;

inline constexpr std::uint64_t kGuestPage = 4096;

struct Region {
  std::uint64_t base = 0;  ///< multiple of kGuestPage
  std::uint64_t size = 0;  ///< multiple of kGuestPage, not 0
  Permissions permissions = kNone;
  std::string name;              ///< "code", "const", "var", "stack", "heap", "exit stub" …
  std::uint8_t* host = nullptr;  ///< owned by GuestMemory

  std::uint64_t end() const { return base + size; }
};

/// Told of every change, so that an engine maps the same memory (one per GuestMemory).
class MemoryListener {
 public:
  virtual ~MemoryListener() = default;
  virtual Result<void> on_map(const Region& region) = 0;
  virtual void on_unmap(const Region& region) = 0;
  /// The region starting at old.base has a new size and perhaps other host memory; on failure
  /// nothing has changed.
  virtual Result<void> on_resize(const Region& old, const Region& now) = 0;
  /// Bytes that may hold translated code were changed from outside the guest.
  virtual void on_host_write(std::uint64_t address, std::uint64_t size) = 0;
};

class GuestMemory {
 public:
  /// `address_bits` 32 or 64: addresses at or above 2^bits do not exist; `limit` bounds the sum of
  /// all regions.
  GuestMemory(unsigned address_bits, std::uint64_t limit);
  /// Its regions are charged to a budget that others use too.
  GuestMemory(unsigned address_bits, std::shared_ptr<MemoryBudget> budget);
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;
  ~GuestMemory();

  /// Regions mapped so far are announced to a new listener. The listener must outlive its use here.
  Result<void> set_listener(MemoryListener* listener);

  /// Maps zero-filled memory. kLimit when the limit or the host refuses; kInternal when it overlaps
  /// or is unaligned.
  Result<void> map(std::uint64_t base, std::uint64_t size, Permissions permissions,
                   std::string name);
  /// Grows or shrinks the region that starts at `base` (0 removes it), keeping its content; new
  /// bytes are zero. Growth beyond `limit` or into another region fails with kLimit and changes
  /// nothing.
  Result<void> resize(std::uint64_t base, std::uint64_t new_size);

  /// Whether every byte of [address, address + length) is mapped with all of `needed`. Length 0 is
  /// always fine.
  bool accessible(std::uint64_t address, std::uint64_t length, Permissions needed) const;
  /// All or nothing: copies and returns true only when the whole range is accessible.
  bool read(std::uint64_t address, std::span<std::uint8_t> out) const;
  bool write(std::uint64_t address, Bytes data);
  /// The same without permissions, for the loader, a debugger and reports (never for a system
  /// call).
  bool peek(std::uint64_t address, std::span<std::uint8_t> out) const;
  bool poke(std::uint64_t address, Bytes data);
  /// A borrowed view of the range when it is readable and lies in one region: valid until the next
  /// map/resize.
  std::optional<Bytes> view(std::uint64_t address, std::uint64_t length) const;
  /// Calls f(host span) for each piece of an accessible range in ascending order; false (f never
  /// called) when not accessible. f may change the bytes only when `needed` has kWrite; the engine
  /// then learns of it.
  template <class F>
  bool for_each_piece(std::uint64_t address, std::uint64_t length, Permissions needed,
                      F&& f) const {
    if (!accessible(address, length, needed)) return false;
    for (std::uint64_t at = address, left = length; left > 0;) {
      const Region* region = find(at);
      const std::uint64_t offset = at - region->base;
      const std::uint64_t piece = std::min(left, region->size - offset);
      f(std::span<std::uint8_t>(region->host + offset, piece));
      at += piece;
      left -= piece;
    }
    if ((needed & kWrite) != 0) host_wrote(address, length);
    return true;
  }

  /// Marks addresses that stay unmapped for a reason, so that a report can say "8 bytes into the
  /// stack guard".
  void name_hole(std::uint64_t base, std::uint64_t size, std::string name);

  const Region* find(std::uint64_t address) const {
    if (last_found_ != nullptr && address - last_found_->base < last_found_->size)
      return last_found_;
    return look_up(address);
  }
  const std::map<std::uint64_t, Region>& regions() const { return regions_; }
  std::uint64_t used() const { return used_; }
  std::uint64_t limit() const { return budget_->limit(); }
  /// What is left of the limit, which others may have used too.
  std::uint64_t left() const { return budget_->left(); }

  /// "0x10 bytes into var", "12 bytes past the end of stack guard", "the null page", "unmapped".
  std::string describe(std::uint64_t address) const;

 private:
  struct Hole {
    std::uint64_t base, size;
    std::string name;
  };
  struct Reservation {
    std::uint8_t* host;
    std::uint64_t size;
  };
  Result<void> take(MemoryCharge& charge, std::uint64_t bytes, std::string_view name,
                    std::uint64_t size) const;
  Result<void> check_free(std::uint64_t base, std::uint64_t size, const Region* except) const;
  /// Room for `new_size` bytes that holds a copy of the region.
  Result<Reservation> larger_reservation(const Region& region, std::uint64_t new_size) const;
  void remove(std::map<std::uint64_t, Region>::iterator region);
  const Region* look_up(std::uint64_t address) const;
  bool copy_out(std::uint64_t address, std::span<std::uint8_t> out, Permissions needed) const;
  bool copy_in(std::uint64_t address, Bytes data, Permissions needed);
  void host_wrote(std::uint64_t address, std::uint64_t length) const;
  std::string describe_by_neighbour(std::uint64_t address) const;

  std::uint64_t address_end_;  ///< last valid address + 1, 0 = 2^64
  std::shared_ptr<MemoryBudget> budget_;
  std::uint64_t used_ = 0;  ///< by the regions here
  std::map<std::uint64_t, Region> regions_;
  std::map<std::uint64_t, std::uint64_t>
      reserved_;  ///< base -> host bytes reserved, for growth in place
  std::vector<Hole> holes_;
  MemoryListener* listener_ = nullptr;
  mutable const Region* last_found_ = nullptr;
};

}  // namespace cmos::emu

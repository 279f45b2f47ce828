// The guest's memory as an engine sees it that fetches byte by byte: one entry per page, kept up to
// date as the memory's listener.
#pragma once

#include <vector>

#include "emu/memory.h"

namespace cmos::emu {

class Pages final : public MemoryListener {
 public:
  /// Of a CPU with `address_bits` of address, at most 24.
  explicit Pages(unsigned address_bits) : pages_((std::uint64_t{1} << address_bits) / kGuestPage) {}

  /// The byte at an address that exists; nullptr when not all of `needed` is permitted there.
  std::uint8_t* at(std::uint32_t address, Permissions needed) const {
    const Page& page = pages_[address / kGuestPage];
    return (page.permissions & needed) == needed ? page.host + address % kGuestPage : nullptr;
  }

  Result<void> on_map(const Region& region) override {
    set(region, true);
    return {};
  }
  void on_unmap(const Region& region) override { set(region, false); }
  Result<void> on_resize(const Region& old, const Region& now) override {
    set(old, false);
    set(now, true);
    return {};
  }
  void on_host_write(std::uint64_t, std::uint64_t) override {}

 private:
  struct Page {
    std::uint8_t* host = nullptr;
    Permissions permissions = kNone;
  };

  void set(const Region& region, bool mapped) {
    for (std::uint64_t at = region.base; at < region.end(); at += kGuestPage) {
      if (at / kGuestPage >= pages_.size()) return;
      pages_[at / kGuestPage] =
          mapped ? Page{region.host + (at - region.base), region.permissions} : Page{};
    }
  }

  std::vector<Page> pages_;
};

}  // namespace cmos::emu

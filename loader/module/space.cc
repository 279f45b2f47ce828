#include "loader/module/space.h"

#include <algorithm>

namespace cmos::loader {

bool Space::take(std::uint64_t address, std::uint64_t size) {
  if (size > limit_ || address > limit_ - size) return false;
  if (size == 0) return true;
  const auto next = taken_.lower_bound(address);
  if (next != taken_.end() && next->first < address + size) return false;
  if (next != taken_.begin() && std::prev(next)->second > address) return false;
  taken_.emplace(address, address + size);
  return true;
}

std::optional<std::uint32_t> Space::place(std::uint64_t from, std::uint64_t end, std::uint64_t size,
                                          std::uint64_t alignment) {
  const auto aligned = [&](std::uint64_t at) {
    return (at + alignment - 1) / alignment * alignment;
  };
  std::uint64_t at = aligned(from);
  for (const auto& [start, stop] : taken_) {
    if (stop <= at) continue;
    if (start >= at + size) break;
    at = aligned(stop);
  }
  if (at + size > std::min(end, limit_) || !take(at, size)) return std::nullopt;
  return static_cast<std::uint32_t>(at);
}

std::uint64_t Space::end_of_taken(std::uint64_t below) const {
  std::uint64_t out = 0;
  for (const auto& [start, stop] : taken_) {
    if (start < below) out = stop;
  }
  return out;
}

}  // namespace cmos::loader

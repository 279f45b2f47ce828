// Free and taken addresses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace cmos::loader {

class Space {
 public:
  /// Addresses from 0 up to `limit`, exclusive.
  explicit Space(std::uint64_t limit) : limit_(limit) {}

  std::uint64_t limit() const { return limit_; }
  /// False when a part of it is taken or beyond the limit. Nothing is taken by size 0.
  bool take(std::uint64_t address, std::uint64_t size);
  /// The lowest free place from `from` on that is below `end`, taken; nothing when there is none.
  std::optional<std::uint32_t> place(std::uint64_t from, std::uint64_t end, std::uint64_t size,
                                     std::uint64_t alignment);
  /// The end of the highest taken range below `below`.
  std::uint64_t end_of_taken(std::uint64_t below) const;

 private:
  std::uint64_t limit_;
  std::map<std::uint64_t, std::uint64_t> taken_;  // start -> end
};

}  // namespace cmos::loader

// Names and the order in which they were first seen, for tables of hundreds of thousands.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace cmos {

/// Numbers names from 0 on. A set of the standard library would take memory for each name by
/// itself; here a look-up is one or two places of one array.
class NameIndex {
 public:
  struct Added {
    std::uint32_t number = 0;
    bool is_new = false;
  };

  /// With room for `expected` names; more are taken, too.
  explicit NameIndex(std::size_t expected = 0)
      : slots_(std::bit_ceil(std::max(kFewest, expected * 2 + 1))) {
    names_.reserve(expected);
  }

  /// Hashing is most of a look-up's cost, and can be done where threads are at hand.
  static std::uint64_t hash(std::string_view name) { return std::hash<std::string_view>()(name); }

  /// `name` must outlive the index. At most 2^32 - 1 names.
  Added add(std::string_view name, std::uint64_t hash) {
    if (names_.size() * 2 >= slots_.size()) grow();
    const std::uint32_t folded = fold(hash);
    Slot& slot = slots_[place(name, folded)];
    if (slot.number != 0) return {slot.number - 1, false};
    names_.push_back(name);
    slot = {folded, static_cast<std::uint32_t>(names_.size())};
    return {slot.number - 1, true};
  }
  Added add(std::string_view name) { return add(name, hash(name)); }

  /// Its number; nothing when it was not added.
  std::optional<std::uint32_t> find(std::string_view name, std::uint64_t hash) const {
    const std::uint32_t number = slots_[place(name, fold(hash))].number;
    return number == 0 ? std::nullopt : std::optional(number - 1);
  }
  bool contains(std::string_view name) const { return find(name, hash(name)).has_value(); }
  std::size_t size() const { return names_.size(); }

 private:
  static constexpr std::size_t kFewest = 64;  ///< a power of two

  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = 0;  ///< of the name, from 1 on; 0 = free
  };

  static std::uint32_t fold(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash ^ hash >> 32);
  }

  /// Where the name is, or else belongs.
  std::size_t place(std::string_view name, std::uint32_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].number != 0 &&
           (slots_[at].hash != hash || names_[slots_[at].number - 1] != name))
      at = (at + 1) & mask;
    return at;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    const std::size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.number == 0) continue;
      std::size_t at = slot.hash & mask;
      while (slots_[at].number != 0) at = (at + 1) & mask;
      slots_[at] = slot;
    }
  }

  std::vector<std::string_view> names_;
  std::vector<Slot> slots_;
};

}  // namespace cmos

// How a relocation finds its slot of the global offset table and its veneer.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "linker/linker.h"

namespace cmos::linker {

/// What a relocation's symbol is in the whole link: equal for all references to one global symbol.
using SymbolKey = std::uint64_t;
inline SymbolKey symbol_key(const InputObject& object, std::uint32_t object_index,
                            std::uint32_t symbol) {
  constexpr SymbolKey kGlobal = SymbolKey{1} << 63;
  if (symbol == kNoIndex) return kGlobal - 1;
  const std::uint32_t global = object.globals[symbol];
  return global != kNoIndex ? kGlobal | global : SymbolKey{object_index} << 32 | symbol;
}

struct VeneerKey {
  SymbolKey symbol = 0;
  std::int64_t offset = 0;  ///< from the symbol to where the branch goes
  bool thumb = false;       ///< state of the branch
  bool operator==(const VeneerKey&) const = default;
};
struct VeneerHash {
  std::size_t operator()(const VeneerKey& key) const {
    constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;
    return (key.symbol * kOdd) ^ (static_cast<std::uint64_t>(key.offset) * 2 + key.thumb) * kOdd;
  }
};

/// Veneers that lie next to each other, between the sections of the code.
struct VeneerPool {
  std::uint64_t address = 0;
  std::vector<Veneer> veneers;  ///< addresses are set when the layout is final
  std::unordered_map<VeneerKey, std::uint32_t, VeneerHash> index;
  std::vector<const object::Relocation*>
      causes;               ///< of each veneer, the first branch that needs it
  std::uint32_t first = 0;  ///< of its veneers in Linked::veneers
};

struct Tables {
  std::unordered_map<SymbolKey, std::uint32_t> got;  ///< index in Linked::got
  std::vector<VeneerPool> pools;                     ///< ascending by address
};

}  // namespace cmos::linker

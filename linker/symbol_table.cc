#include "linker/symbol_table.h"

#include <functional>

namespace cmos::linker {

std::uint64_t SymbolTable::hash(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

std::uint32_t SymbolTable::find(std::string_view name, std::uint64_t hash,
                                const std::vector<Symbol>& symbols) const {
  if (slots_.empty()) return kNoIndex;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.index == kNoIndex) return kNoIndex;
    if (slot.hash == static_cast<std::uint32_t>(hash >> 32) && symbols[slot.index].name == name)
      return slot.index;
  }
}

std::uint32_t SymbolTable::find_or_add(std::string_view name, std::uint64_t hash,
                                       std::vector<Symbol>& symbols) {
  const std::uint32_t found = find(name, hash, symbols);
  if (found != kNoIndex) return found;
  if (2 * (used_ + 1) > slots_.size()) {
    slots_.assign(slots_.empty() ? 1024 : 2 * slots_.size(), Slot{});
    used_ = 0;
    for (std::uint32_t i = 0; i < symbols.size(); ++i) put(SymbolTable::hash(symbols[i].name), i);
  }
  const auto index = static_cast<std::uint32_t>(symbols.size());
  Symbol& symbol = symbols.emplace_back();
  symbol.name = name;
  put(hash, index);
  return index;
}

void SymbolTable::put(std::uint64_t hash, std::uint32_t index) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].index != kNoIndex) at = (at + 1) & mask;
  slots_[at] = {static_cast<std::uint32_t>(hash >> 32), index};
  ++used_;
}

}  // namespace cmos::linker

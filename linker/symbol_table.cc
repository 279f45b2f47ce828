#include "linker/symbol_table.h"

#include <functional>

namespace cmos::linker {

std::uint64_t SymbolTable::hash(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

namespace {

std::uint32_t short_hash(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

}  // namespace

std::uint32_t SymbolTable::find(std::string_view name, std::uint64_t hash,
                                const std::vector<Symbol>& symbols) const {
  if (slots_.empty()) return kNoIndex;
  const std::uint32_t wanted = short_hash(hash);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = wanted & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.index == kNoIndex) return kNoIndex;
    if (slot.hash == wanted && symbols[slot.index].name == name) return slot.index;
  }
}

std::uint32_t SymbolTable::find_or_add(std::string_view name, std::uint64_t hash,
                                       std::vector<Symbol>& symbols) {
  const std::uint32_t found = find(name, hash, symbols);
  if (found != kNoIndex) return found;
  if (2 * (used_ + 1) > slots_.size()) grow();
  const auto index = static_cast<std::uint32_t>(symbols.size());
  Symbol& symbol = symbols.emplace_back();
  symbol.name = name;
  put({short_hash(hash), index});
  ++used_;
  return index;
}

void SymbolTable::grow() {
  std::vector<Slot> old(slots_.empty() ? 1024 : 2 * slots_.size());
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.index != kNoIndex) put(slot);
  }
}

void SymbolTable::put(Slot slot) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = slot.hash & mask;
  while (slots_[at].index != kNoIndex) at = (at + 1) & mask;
  slots_[at] = slot;
}

}  // namespace cmos::linker

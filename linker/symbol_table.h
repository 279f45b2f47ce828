// Names of global symbols -> their index in Linked::symbols.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/name_index.h"
#include "linker/linker.h"

namespace cmos::linker {

class SymbolTable {
 public:
  static std::uint64_t hash(std::string_view name) { return NameIndex::hash(name); }

  /// kNoIndex when the name is new.
  std::uint32_t find(std::string_view name, std::uint64_t hash) const {
    return names_.find(name, hash).value_or(kNoIndex);
  }
  std::uint32_t find(std::string_view name) const { return find(name, hash(name)); }
  /// The name must outlive the table, and all of `symbols` are added here.
  std::uint32_t find_or_add(std::string_view name, std::uint64_t hash,
                            std::vector<Symbol>& symbols) {
    const auto [index, is_new] = names_.add(name, hash);
    if (is_new) symbols.emplace_back().name = name;
    return index;
  }
  std::uint32_t find_or_add(std::string_view name, std::vector<Symbol>& symbols) {
    return find_or_add(name, hash(name), symbols);
  }

 private:
  NameIndex names_;
};

}  // namespace cmos::linker

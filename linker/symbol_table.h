// Names of global symbols -> their index in Linked::symbols.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "linker/linker.h"

namespace cmos::linker {

class SymbolTable {
 public:
  /// Hashing is most of a look-up's cost, and can be done where threads are at hand.
  static std::uint64_t hash(std::string_view name);

  /// kNoIndex when the name is new.
  std::uint32_t find(std::string_view name, std::uint64_t hash,
                     const std::vector<Symbol>& symbols) const;
  std::uint32_t find(std::string_view name, const std::vector<Symbol>& symbols) const {
    return find(name, hash(name), symbols);
  }
  /// The name must outlive the table.
  std::uint32_t find_or_add(std::string_view name, std::uint64_t hash,
                            std::vector<Symbol>& symbols);
  std::uint32_t find_or_add(std::string_view name, std::vector<Symbol>& symbols) {
    return find_or_add(name, hash(name), symbols);
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;  ///< of which the lowest bits say where the slot belongs
    std::uint32_t index = kNoIndex;
  };
  void put(Slot slot);
  void grow();

  std::vector<Slot> slots_;  ///< a power of two of them, at most half in use
  std::size_t used_ = 0;
};

}  // namespace cmos::linker

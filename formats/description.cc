#include "formats/description.h"

#include <algorithm>

#include "arch/cpu.h"
#include "base/text.h"

namespace cmos::formats {

bool Description::has_relocations() const {
  return std::any_of(sections.begin(), sections.end(),
                     [](const Section& one) { return !one.relocations.empty(); });
}

std::string_view Description::symbol_name(const Symbol& symbol) const {
  if (symbol.kind == SymbolKind::kSection && symbol.section != kNoIndex && symbol.name.empty())
    return sections[symbol.section].name;
  return symbol.name;
}

std::string_view Description::place_name(const Symbol& symbol) const {
  switch (symbol.place) {
    case Place::kUndefined:
      return "*UND*";
    case Place::kAbsolute:
      return "*ABS*";
    case Place::kCommon:
      return "*COM*";
    case Place::kSection:
      break;
  }
  return sections[symbol.section].name;
}

std::string architecture_of(std::string_view arch) {
  const arch::Cpu* cpu = arch::find(arch);
  if (cpu == nullptr || cpu->gdb_name.empty()) return quote(as_bytes(arch));
  return std::string(cpu->gdb_name);
}

}  // namespace cmos::formats

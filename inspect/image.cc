#include "inspect/image.h"

#include <algorithm>

#include "base/text.h"

namespace cmos::inspect {

bool Image::has_relocations() const {
  return std::any_of(sections.begin(), sections.end(),
                     [](const Section& one) { return !one.relocations.empty(); });
}

std::string_view Image::symbol_name(const Symbol& symbol) const {
  if (symbol.kind == SymbolKind::kSection && symbol.section != kNoIndex && symbol.name.empty())
    return sections[symbol.section].name;
  return symbol.name;
}

std::string_view Image::place_name(const Symbol& symbol) const {
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
  const auto isa = object::isa_of(arch);
  if (!isa) return quote(as_bytes(arch));
  switch (*isa) {
    case object::Isa::kX86_64:
      return "i386:x86-64";
    case object::Isa::kX86:
      return "i386";
    case object::Isa::kArm:
      return "arm";
    case object::Isa::kArm64:
      return "aarch64";
  }
  return quote(as_bytes(arch));
}

}  // namespace cmos::inspect

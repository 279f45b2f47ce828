#include "tools/cmos-pack/debug_map.h"

#include <elf.h>

#include <algorithm>

#include "formats/elf/object.h"

namespace cmos::pack {
namespace {

Bytes contents(const elf::Section& section, Bytes file) {
  return section.type == SHT_NOBITS ? Bytes() : file.subspan(section.offset, section.size);
}

std::uint8_t type_of(elf::SymbolKind kind) {
  switch (kind) {
    case elf::SymbolKind::kObject:
    case elf::SymbolKind::kCommon:
      return STT_OBJECT;
    case elf::SymbolKind::kFunction:
    case elf::SymbolKind::kIndirect:
      return STT_FUNC;
    case elf::SymbolKind::kFile:
      return STT_FILE;
    default:
      return STT_NOTYPE;
  }
}

std::uint8_t binding_of(elf::Binding binding) {
  return binding == elf::Binding::kLocal  ? STB_LOCAL
         : binding == elf::Binding::kWeak ? STB_WEAK
                                          : STB_GLOBAL;
}

bool is_debug(const elf::Section& section) {
  return section.type == SHT_PROGBITS && (section.flags & SHF_ALLOC) == 0 && section.size != 0 &&
         (section.name.starts_with(".debug_") || section.name.starts_with(".zdebug_"));
}

void add_sections(const elf::File& elf, Bytes bytes, debugmap::SideFile& out) {
  for (const elf::Section& section : elf.sections) {
    if (section.type == SHT_NULL || section.size == 0) continue;
    if ((section.flags & SHF_ALLOC) != 0) {
      if ((section.flags & SHF_TLS) != 0) continue;
      out.image.push_back({.name = std::string(section.name),
                           .address = section.address,
                           .size = section.size,
                           .bytes = contents(section, bytes),
                           .writable = (section.flags & SHF_WRITE) != 0,
                           .executable = (section.flags & SHF_EXECINSTR) != 0});
    } else if (is_debug(section)) {
      out.debug.push_back({.name = std::string(section.name),
                           .bytes = contents(section, bytes),
                           .flags = section.flags & (SHF_MERGE | SHF_STRINGS | SHF_COMPRESSED),
                           .entry_size = section.entry_size,
                           .alignment = section.alignment});
    }
  }
  std::stable_sort(out.image.begin(), out.image.end(),
                   [](const auto& a, const auto& b) { return a.address < b.address; });
}

}  // namespace

debugmap::SideFile make_debug_map(const elf::Executable& program, Bytes elf_bytes, Bytes cpe) {
  const elf::File& elf = program.file;
  debugmap::SideFile out;
  out.isa = elf::isa_of(elf.machine);
  out.entry = elf.entry;
  out.flags = elf.flags;
  add_sections(elf, elf_bytes, out);
  for (const elf::Symbol& symbol : elf.symbols) {
    const bool useful = symbol.kind != elf::SymbolKind::kSection &&
                        symbol.kind != elf::SymbolKind::kTls && !symbol.name.empty();
    if (!useful || (!symbol.defined() && symbol.kind != elf::SymbolKind::kFile)) continue;
    out.symbols.push_back({.name = std::string(symbol.name),
                           .value = symbol.value,
                           .size = symbol.size,
                           .type = type_of(symbol.kind),
                           .binding = binding_of(symbol.binding),
                           .absolute = symbol.absolute()});
  }
  out.origins.digest = debugmap::digest_of(cpe);
  return out;
}

bool has_debug_information(const elf::File& file) {
  return std::ranges::any_of(file.sections, is_debug);
}

}  // namespace cmos::pack

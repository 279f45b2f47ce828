// What text and JSON have in common.
#include "inspect/objdump.h"

#include <fmt/format.h>

#include <algorithm>

#include "inspect/listing.h"

namespace cmos::inspect {

bool ObjdumpOptions::wants(const Section& section) const {
  return sections.empty() ||
         std::find(sections.begin(), sections.end(), section.name) != sections.end();
}

std::vector<std::string> missing_sections(const Description& image, const ObjdumpOptions& options) {
  std::vector<std::string> out;
  for (const std::string& name : options.sections) {
    if (std::none_of(image.sections.begin(), image.sections.end(),
                     [&](const Section& one) { return one.name == name; }))
      out.push_back(name);
  }
  return out;
}

std::vector<std::string> missing_symbols(const Description& image, const ObjdumpOptions& options) {
  std::vector<std::string> out;
  for (const std::string& name : options.disassemble_symbols) {
    ObjdumpOptions one;
    one.demangle = options.demangle;
    one.disassemble_symbols = {name};
    if (std::none_of(image.symbols.begin(), image.symbols.end(), [&](const Symbol& symbol) {
          return is_label(symbol) && is_wanted(symbol, one);
        }))
      out.push_back(name);
  }
  return out;
}

std::vector<std::string_view> section_flags(const Section& section) {
  const struct {
    bool set;
    std::string_view name;
  } flags[] = {
      {section.has_contents, "CONTENTS"},
      {section.allocated, "ALLOC"},
      {section.loaded(), "LOAD"},
      {!section.relocations.empty(), "RELOC"},
      {section.readonly, "READONLY"},
      {section.code, "CODE"},
      {section.loaded() && !section.code, "DATA"},
      {section.debugging, "DEBUGGING"},
      {section.excluded && !section.is_group, "EXCLUDE"},
      {section.is_thread_local, "THREAD_LOCAL"},
      {section.octets, "OCTETS"},
      {section.is_group, "GROUP"},
      {section.is_group && section.group.has_value(), "LINK_ONCE_DISCARD"},
  };
  std::vector<std::string_view> out;
  for (const auto& one : flags) {
    if (one.set) out.push_back(one.name);
  }
  return out;
}

FileFlags file_flags(const Description& image) {
  const struct {
    bool set;
    std::uint32_t bit;
    std::string_view name;
  } flags[] = {
      {image.has_relocations(), 0x01, "HAS_RELOC"},
      {image.executable, 0x02, "EXEC_P"},
      {!image.symbols.empty(), 0x10, "HAS_SYMS"},
      {image.executable, 0x100, "D_PAGED"},
  };
  FileFlags out;
  for (const auto& one : flags) {
    if (!one.set) continue;
    out.bits |= one.bit;
    out.names.push_back(one.name);
  }
  return out;
}

std::string relocation_value(const Description& image, const Relocation& one, bool demangle,
                             unsigned addend_digits) {
  std::string out = "*ABS*";
  if (one.symbol != kNoIndex) out = shown(image.symbol_name(image.symbols[one.symbol]), demangle);
  const std::int64_t addend = one.addend.value_or(0);
  if (addend == 0) return out;
  const std::uint64_t amount =
      addend < 0 ? 0 - static_cast<std::uint64_t>(addend) : static_cast<std::uint64_t>(addend);
  return out + fmt::format("{}0x{:0{}x}", addend < 0 ? '-' : '+', amount, addend_digits);
}

}  // namespace cmos::inspect

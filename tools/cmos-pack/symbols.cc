#include <elf.h>

#include "tools/cmos-pack/pack.h"

namespace cmos::pack {
namespace {

using Kind = cpe::ProgramSymbol::Kind;

/// Defined, and a place in the image.
bool has_place(const elf::Symbol& symbol, const elf::Executable& program, const Image& image) {
  using elf::SymbolKind;
  const bool named = symbol.kind == SymbolKind::kFunction || symbol.kind == SymbolKind::kObject ||
                     symbol.kind == SymbolKind::kNone;
  if (!named || symbol.name.empty() || !symbol.defined() || symbol.reserved_section) return false;
  if ((program.file.sections[symbol.section].flags & SHF_ALLOC) == 0) return false;
  return symbol.value >= cpe::kLoadAddress && symbol.value - cpe::kLoadAddress <= image.memory_size;
}

cpe::ProgramSymbol convert(const elf::Symbol& symbol, const elf::Executable& program) {
  cpe::ProgramSymbol out;
  out.name = symbol.name;
  out.offset = symbol.value - cpe::kLoadAddress;
  out.kind = symbol.kind == elf::SymbolKind::kFunction ? Kind::kFunction
             : symbol.kind == elf::SymbolKind::kObject ? Kind::kObject
                                                       : Kind::kOther;
  out.local = symbol.binding == elf::Binding::kLocal;
  out.hidden = symbol.visibility == STV_HIDDEN;
  out.thumb = program.file.machine == elf::Machine::kArm && out.kind == Kind::kFunction &&
              (symbol.value & 1) != 0;
  if (out.thumb) --out.offset;
  out.executable = (program.file.sections[symbol.section].flags & SHF_EXECINSTR) != 0;
  return out;
}

}  // namespace

std::vector<cpe::Symbol> make_symbols(const elf::Executable& program, const Image& image,
                                      cpe::SymbolChoice choice,
                                      std::vector<std::string>& warnings) {
  std::vector<cpe::ProgramSymbol> symbols;
  for (const elf::Symbol& symbol : program.file.symbols) {
    if (has_place(symbol, program, image)) symbols.push_back(convert(symbol, program));
  }
  const bool arm =
      program.file.machine == elf::Machine::kArm || program.file.machine == elf::Machine::kAArch64;
  return cpe::program_symbols(symbols, choice, arm, image.boundaries, warnings);
}

}  // namespace cmos::pack

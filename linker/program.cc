#include "linker/program.h"

#include <fmt/format.h>

namespace cmos::linker {
namespace {

using Kind = cpe::ProgramSymbol::Kind;

std::uint32_t to_offset(std::uint64_t address) {
  return static_cast<std::uint32_t>(address - cpe::kLoadAddress);
}

std::vector<cpe::Symbol> boundaries(const Linked& linked) {
  std::vector<cpe::Symbol> out;
  if (linked.const_start)
    out.push_back({std::string(cpe::kConstStart), to_offset(*linked.const_start)});
  if (linked.var_start) out.push_back({std::string(cpe::kVarStart), to_offset(*linked.var_start)});
  out.push_back({std::string(cpe::kImageEnd), static_cast<std::uint32_t>(linked.memory_size)});
  return out;
}

Kind kind_of(object::SymbolKind kind) {
  if (kind == object::SymbolKind::kFunction) return Kind::kFunction;
  return kind == object::SymbolKind::kObject ? Kind::kObject : Kind::kOther;
}

class Symbols {
 public:
  explicit Symbols(const Linked& linked) : linked_(linked) {}

  std::vector<cpe::ProgramSymbol> collect() {
    for (std::uint32_t i = 0; i < linked_.objects.size(); ++i) add_locals(i);
    for (const Symbol& symbol : linked_.symbols) add_global(symbol);
    return std::move(out_);
  }

 private:
  bool in_image(std::uint64_t address) const {
    return address >= cpe::kLoadAddress && address - cpe::kLoadAddress <= linked_.memory_size;
  }

  void add_locals(std::uint32_t index) {
    const InputObject& object = linked_.objects[index];
    for (std::uint32_t i = 0; i < object.object.symbols.size(); ++i) {
      const object::Symbol& symbol = object.object.symbols[i];
      const bool named = symbol.kind == object::SymbolKind::kFunction ||
                         symbol.kind == object::SymbolKind::kObject ||
                         symbol.kind == object::SymbolKind::kNone;
      if (!named || symbol.name.empty() || symbol.binding != object::Binding::kLocal ||
          symbol.place != object::Place::kSection)
        continue;
      const auto address =
          linked_.address_of(index, symbol.section, static_cast<std::uint32_t>(symbol.value));
      if (!address) continue;
      out_.push_back({.name = symbol.name,
                      .offset = *address - cpe::kLoadAddress,
                      .kind = kind_of(symbol.kind),
                      .local = true,
                      .thumb = symbol.thumb,
                      .executable = object.object.sections[symbol.section].kind ==
                                    object::SectionKind::kCode});
    }
  }

  void add_global(const Symbol& symbol) {
    using Origin = Symbol::Origin;
    if (symbol.origin == Origin::kUndefined || symbol.origin == Origin::kAbsolute ||
        symbol.discarded || !in_image(symbol.address))
      return;
    // For start-up code alone: ends of sections.
    if (symbol.origin == Origin::kLinker && symbol.visibility == object::Visibility::kHidden)
      return;
    out_.push_back({.name = symbol.name,
                    .offset = symbol.address - cpe::kLoadAddress,
                    .kind = kind_of(symbol.kind),
                    .thumb = symbol.thumb,
                    .executable = symbol.address < code_end()});
  }

  std::uint64_t code_end() const {
    return linked_.const_start.value_or(
        linked_.var_start.value_or(cpe::kLoadAddress + linked_.memory_size));
  }

  const Linked& linked_;
  std::vector<cpe::ProgramSymbol> out_;
};

}  // namespace

Result<Program> make_program(Linked& linked, const cpe::ProgramOptions& options) {
  constexpr std::uint64_t kMostZeros = 64u << 20;
  Program out;
  out.executable.arch = linked.arch;
  out.executable.entry_offset = to_offset(linked.entry);
  const bool mapping = linked.isa == object::Isa::kArm || linked.isa == object::Isa::kArm64;
  out.executable.symbols = cpe::program_symbols(
      Symbols(linked).collect(), options.symbols, mapping,
      options.protect ? boundaries(linked) : std::vector<cpe::Symbol>{}, out.warnings);
  // Nothing states the size of memory without boundary symbols: the zeros have to be in the file.
  if (!options.protect) {
    if (linked.memory_size - linked.image.size() > kMostZeros)
      return fail(Error{.code = ErrorCode::kLimit,
                        .field = "zero-filled variables",
                        .found = fmt::format("{} bytes", linked.memory_size - linked.image.size()),
                        .expected = "at most 64 MiB with --no-protect, which stores them"});
    linked.image.resize(linked.memory_size);
  }
  out.executable.code = std::move(linked.image);
  cpe::describe(options, out.executable);
  return out;
}

}  // namespace cmos::linker

#include "linker/debug_map.h"

#include <elf.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "formats/cpe/cpe.h"
#include "linker/debug_sections.h"

namespace cmos::linker {
namespace {

using object::SectionKind;

// ---- sections and symbols -----------------------------------------------------------------------

void add_image(const Linked& linked, Bytes image, debugmap::SideFile& out) {
  for (const Output& output : linked.outputs) {
    if (output.size == 0) continue;
    const std::uint64_t offset = output.address - cpe::kLoadAddress;
    Bytes bytes;
    if (output.stored && offset < image.size())
      bytes = image.subspan(offset, std::min<std::uint64_t>(output.size, image.size() - offset));
    out.image.push_back({.name = output.name,
                         .address = output.address,
                         .size = output.size,
                         .bytes = bytes,
                         .writable = output.kind == SectionKind::kVar,
                         .executable = output.kind == SectionKind::kCode});
  }
}

std::uint8_t type_of(object::SymbolKind kind) {
  switch (kind) {
    case object::SymbolKind::kObject:
      return STT_OBJECT;
    case object::SymbolKind::kFunction:
      return STT_FUNC;
    default:
      return STT_NOTYPE;
  }
}

void add_locals(const Linked& linked, std::uint32_t index, debugmap::SideFile& out) {
  const InputObject& input = linked.objects[index];
  for (const object::Symbol& symbol : input.object.symbols) {
    if (symbol.kind == object::SymbolKind::kFile) {
      out.symbols.push_back({.name = std::string(symbol.name), .type = STT_FILE, .absolute = true});
      continue;
    }
    if (symbol.binding != object::Binding::kLocal || symbol.place != object::Place::kSection ||
        symbol.kind == object::SymbolKind::kSection || symbol.name.empty()) {
      continue;
    }
    const auto address =
        linked.address_of(index, symbol.section, static_cast<std::uint32_t>(symbol.value));
    if (!address) continue;
    out.symbols.push_back({.name = std::string(symbol.name),
                           .value = *address | (symbol.thumb ? 1u : 0u),
                           .size = symbol.size,
                           .type = type_of(symbol.kind),
                           .binding = STB_LOCAL});
  }
}

void add_globals(const Linked& linked, debugmap::SideFile& out) {
  for (const Symbol& symbol : linked.symbols) {
    if (!symbol.defined() || symbol.discarded) continue;
    out.symbols.push_back(
        {.name = std::string(symbol.name),
         .value = symbol.address | (symbol.thumb ? 1u : 0u),
         .size = symbol.size,
         .type = symbol.origin == Symbol::Origin::kCommon ? std::uint8_t{STT_OBJECT}
                                                          : type_of(symbol.kind),
         .binding = symbol.weak ? std::uint8_t{STB_WEAK} : std::uint8_t{STB_GLOBAL},
         .absolute = symbol.origin == Symbol::Origin::kAbsolute});
  }
}

// ---- origins ------------------------------------------------------------------------------------

class OriginsOf {
 public:
  explicit OriginsOf(const Linked& linked) : linked_(linked) {}

  debugmap::Origins take() && {
    for (const Placement& placement : linked_.placements) add(placement);
    for (std::uint32_t i = 0; i < linked_.objects.size(); ++i) add_relocations(i);
    std::stable_sort(out_.relocations.begin(), out_.relocations.end(),
                     [](const auto& a, const auto& b) { return a.place < b.place; });
    out_.names = std::move(names_).take();
    return std::move(out_);
  }

 private:
  using Kind = debugmap::Placement::Kind;

  std::uint32_t file(std::uint32_t object) {
    return object == kNoIndex ? debugmap::kNoName : names_.add(linked_.objects[object].object.file);
  }
  std::uint32_t section(std::uint32_t object, std::uint32_t index) {
    return names_.add(linked_.objects[object].object.sections[index].name);
  }
  /// A section's own symbol has no name but the section's.
  std::uint32_t symbol(std::uint32_t object, std::uint32_t index) {
    if (object == kNoIndex || index == kNoIndex) return debugmap::kNoName;
    const object::Object& from = linked_.objects[object].object;
    const object::Symbol& one = from.symbols[index];
    if (one.name.empty() && one.place == object::Place::kSection)
      return section(object, one.section);
    return names_.add(one.name);
  }

  void add(const Placement& placement) {
    switch (placement.kind) {
      case Placement::Kind::kSection:
        put({.address = placement.address,
             .size = placement.size,
             .kind = Kind::kSection,
             .file = file(placement.object),
             .section = section(placement.object, placement.section)});
        break;
      case Placement::Kind::kCommon:
        put({.address = placement.address,
             .size = placement.size,
             .kind = Kind::kCommon,
             .file = file(linked_.symbols[placement.symbol].object),
             .symbol = names_.add(linked_.symbols[placement.symbol].name)});
        break;
      case Placement::Kind::kMerged:
        add_pieces(placement);
        break;
      case Placement::Kind::kGot:
        for (const GotSlot& slot : inside(linked_.got, placement)) {
          const bool wide =
              linked_.isa == object::Isa::kX86_64 || linked_.isa == object::Isa::kArm64;
          put({.address = slot.address,
               .size = wide ? 8u : 4u,
               .kind = Kind::kGot,
               .file = file(slot.object),
               .symbol = symbol(slot.object, slot.symbol)});
        }
        break;
      case Placement::Kind::kVeneers:
        add_veneers(placement);
        break;
    }
  }

  /// `all` is ascending by address.
  template <class T>
  static std::span<const T> inside(const std::vector<T>& all, const Placement& placement) {
    const auto before = [](const T& one, std::uint64_t address) { return one.address < address; };
    const auto first = std::lower_bound(all.begin(), all.end(), placement.address, before);
    const auto last =
        std::lower_bound(first, all.end(), placement.address + placement.size, before);
    return {first, last};
  }

  void add_pieces(const Placement& placement) {
    for (const Piece& piece : inside(linked_.pieces, placement)) {
      put({.address = piece.address,
           .size = piece.size,
           .kind = Kind::kMerged,
           .file = file(piece.object),
           .section = section(piece.object, piece.section),
           .offset = piece.offset});
    }
  }

  void add_veneers(const Placement& placement) {
    for (const Veneer& veneer : inside(linked_.veneers, placement)) {
      put({.address = veneer.address,
           .size = veneer.size,
           .kind = Kind::kVeneer,
           .file = file(veneer.object),
           .symbol = symbol(veneer.object, veneer.symbol)});
    }
  }

  /// Strings that end alike may share bytes: those are the first one's.
  void put(debugmap::Placement one) {
    const std::uint64_t end =
        out_.placements.empty() ? 0 : out_.placements.back().address + out_.placements.back().size;
    const std::uint64_t taken = one.address < end ? std::min(end - one.address, one.size) : 0;
    one.address += taken;
    one.offset += taken;
    one.size -= taken;
    if (one.size != 0) out_.placements.push_back(one);
  }

  void add_relocations(std::uint32_t index) {
    const InputObject& input = linked_.objects[index];
    for (std::size_t s = 0; s < input.sections.size(); ++s) {
      if (input.sections[s].fate != Fate::kPlaced) continue;
      for (const object::Relocation& one : input.object.relocations_of(input.object.sections[s])) {
        out_.relocations.push_back({.place = input.sections[s].address + one.offset,
                                    .type = one.type,
                                    .symbol = symbol(index, one.symbol),
                                    .addend = one.addend});
      }
    }
  }

  const Linked& linked_;
  debugmap::NameTable names_;
  debugmap::Origins out_;
};

}  // namespace

debugmap::SideFile make_debug_map(const Linked& linked, Bytes image,
                                  std::vector<std::string>& warnings) {
  debugmap::SideFile out;
  out.isa = linked.isa;
  out.entry = linked.entry;
  add_image(linked, image, out);
  for (std::uint32_t i = 0; i < linked.objects.size(); ++i) add_locals(linked, i, out);
  add_globals(linked, out);
  add_debug_sections(linked, out, warnings);
  out.origins = OriginsOf(linked).take();
  return out;
}

bool has_debug_information(const Linked& linked) {
  return std::ranges::any_of(linked.objects, [](const InputObject& one) {
    return std::ranges::any_of(one.object.sections, [](const object::Section& section) {
      return section.kind == SectionKind::kDebug && section.size != 0;
    });
  });
}

}  // namespace cmos::linker

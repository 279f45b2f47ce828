// Looking things up in a finished link.
#include <algorithm>

#include "linker/branch.h"
#include "linker/linker.h"
#include "linker/tables.h"

namespace cmos::linker {
namespace {

using object::Place;

object::TargetState state_of(object::SymbolKind kind, bool thumb) {
  if (kind != object::SymbolKind::kFunction) return object::TargetState::kUnknown;
  return thumb ? object::TargetState::kThumb : object::TargetState::kArm;
}

Target of_global(const Symbol& symbol, std::int64_t addend) {
  Target out;
  out.addend = addend;
  if (!symbol.defined()) {
    out.status = symbol.weak ? Target::Status::kWeakUndefined : Target::Status::kUndefined;
    return out;
  }
  if (symbol.discarded) {
    out.status = Target::Status::kDiscarded;
    return out;
  }
  out.address = symbol.address;
  out.thumb = symbol.thumb;
  out.state = state_of(symbol.kind, symbol.thumb);
  return out;
}

std::uint64_t piece_address(const PieceMap& map, std::uint64_t offset) {
  const auto after =
      std::upper_bound(map.begin(), map.end(), offset,
                       [](std::uint64_t value, const auto& piece) { return value < piece.first; });
  if (after == map.begin()) return 0;
  return (after - 1)->second + (offset - (after - 1)->first);
}

std::optional<std::uint64_t> in_section(const Linked& linked, const InputObject& object,
                                        std::uint32_t section, std::uint64_t offset) {
  const SectionState& state = object.sections[section];
  if (state.fate == Fate::kPlaced) return state.address + offset;
  if (state.fate == Fate::kMerged) return piece_address(linked.piece_maps[state.pieces], offset);
  return std::nullopt;
}

std::uint64_t size_of(const Linked& linked, const InputObject& object, std::uint32_t symbol) {
  const std::uint32_t global = object.globals[symbol];
  return global != kNoIndex ? linked.symbols[global].size : object.object.symbols[symbol].size;
}

Target of_symbol(const Linked& linked, std::uint32_t object_index, std::uint32_t index,
                 std::int64_t addend) {
  Target out;
  out.addend = addend;
  if (index == kNoIndex) return out;
  const InputObject& object = linked.objects[object_index];
  if (const std::uint32_t global = object.globals[index]; global != kNoIndex)
    return of_global(linked.symbols[global], addend);
  const object::Symbol& symbol = object.object.symbols[index];
  if (symbol.place != Place::kSection) {
    out.address = symbol.value;
    if (symbol.place != Place::kAbsolute) out.status = Target::Status::kUndefined;
    return out;
  }
  std::uint64_t offset = symbol.value;
  // The addend of a relocation against a whole section chooses the entry in it.
  if (symbol.kind == object::SymbolKind::kSection &&
      object.sections[symbol.section].fate == Fate::kMerged) {
    offset += static_cast<std::uint64_t>(addend);
    out.addend = 0;
  }
  const auto address = in_section(linked, object, symbol.section, offset);
  if (!address) {
    out.status = Target::Status::kDiscarded;
    return out;
  }
  out.address = *address;
  out.thumb = symbol.thumb;
  out.state = symbol.state();
  return out;
}

}  // namespace

std::string_view name(Fate fate) {
  switch (fate) {
    case Fate::kPlaced:
      return "placed";
    case Fate::kMerged:
      return "merged";
    case Fate::kDuplicate:
      return "duplicate";
    case Fate::kCollected:
      return "unused";
    case Fate::kNotLoaded:
      return "not loaded";
  }
  return "";
}

std::optional<std::uint64_t> Linked::address_of(std::uint32_t object, std::uint32_t section,
                                                std::uint32_t offset) const {
  return in_section(*this, objects[object], section, offset);
}

Target Linked::target_of(std::uint32_t object, std::uint32_t symbol) const {
  return of_symbol(*this, object, symbol, 0);
}

Target Linked::target_of(std::uint32_t object, const object::Relocation& relocation) const {
  return of_symbol(*this, object, relocation.symbol, relocation.addend);
}

Applied Linked::applied(std::uint32_t object, const object::Relocation& relocation) const {
  const object::RelocationInfo& row = object::info(relocation.type);
  const InputObject& from = objects[object];
  Applied out;
  out.place = from.sections[relocation.section].address + relocation.offset;
  out.target = target_of(object, relocation);
  const Bytes field = from.object.sections[relocation.section].bytes.subspan(relocation.offset);
  if (row.is_branch()) {
    out.value = branch_value(isa, relocation, out.target, out.place);
    if (tables->pools.empty() || !needs_veneer(relocation, field, out.target, out.value))
      return out;
    const VeneerPool& pool = tables->pools[nearest_pool(tables->pools, out.place)];
    const auto found = pool.index.find(veneer_key(*this, object, relocation, out.target));
    if (found == pool.index.end()) return out;
    out.veneer = pool.first + found->second;
    out.value = value_to_veneer(relocation, veneers[out.veneer].address, out.place);
    return out;
  }
  object::Inputs in;
  in.symbol = out.target.address;
  in.thumb = out.target.thumb;
  in.addend = out.target.addend;
  in.place = out.place;
  in.got = got_base;
  if (relocation.symbol != kNoIndex) in.size = size_of(*this, from, relocation.symbol);
  if (row.needs_got_slot()) {
    out.got_slot = tables->got.at(symbol_key(from, object, relocation.symbol));
    in.got_slot = got[out.got_slot].address;
    // Without a base register the instruction wants the slot's address itself.
    const bool x86_got = relocation.type == object::RelocationType::kGot32 ||
                         relocation.type == object::RelocationType::kGot32Relax;
    if (x86_got && isa == object::Isa::kX86 && relocation.offset > 0 &&
        object::got32_has_no_base(
            from.object.sections[relocation.section].bytes[relocation.offset - 1]))
      in.got = 0;
  }
  out.value = object::evaluate(relocation.type, isa, in);
  return out;
}

}  // namespace cmos::linker

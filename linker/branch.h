// Branches: where one leads, when it needs a veneer, and what a veneer is made of.
#pragma once

#include <span>

#include "linker/tables.h"

namespace cmos::linker {

/// The branch may be led over a veneer.
bool may_use_veneer(object::RelocationType type);
/// What the CPU adds to a branch's address before the offset; its relocation's usual addend is the
/// negative of it.
std::int64_t branch_bias(object::RelocationType type);
bool is_thumb_branch(object::RelocationType type);

/// X of a branch that is no call of a weak undefined symbol (which leads to the next instruction,
/// as the ELF supplements for ARM ask).
std::int64_t branch_value(object::Isa isa, const object::Relocation& relocation,
                          const Target& target, std::uint64_t place);
/// X towards an address in the branch's own state.
std::int64_t value_to_veneer(const object::Relocation& relocation, std::uint64_t veneer,
                             std::uint64_t place);

/// The branch cannot reach its target from here; `field` are its bytes.
bool needs_veneer(const object::Relocation& relocation, Bytes field, const Target& target,
                  std::int64_t value);

VeneerKey veneer_key(const Linked& linked, std::uint32_t object,
                     const object::Relocation& relocation, const Target& target);
/// The pool whose start is nearest to an address.
std::size_t nearest_pool(const std::vector<VeneerPool>& pools, std::uint64_t address);

std::uint32_t veneer_size(object::Isa isa);
inline constexpr std::uint32_t kVeneerAlignment = 4;
/// Address, with the Thumb bit, to which a veneer leads.
std::uint64_t veneer_target(const object::Relocation& relocation, const Target& target);
/// `out` has veneer_size() bytes.
void write_veneer(object::Isa isa, const Veneer& veneer, std::span<std::uint8_t> out);

}  // namespace cmos::linker

#include "linker/branch.h"

#include <algorithm>
#include <array>

namespace cmos::linker {
namespace {

using object::Isa;
using object::RelocationType;
using object::TargetState;

void store32(std::span<std::uint8_t> out, std::uint64_t value) {
  store(out.first(4), value);
}

/// Where a branch leads to from its symbol; addends may be any number, and sums are modulo 2^64.
std::int64_t offset_of(const object::Relocation& relocation, const Target& target) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(target.addend) +
                                   static_cast<std::uint64_t>(branch_bias(relocation.type)));
}

}  // namespace

bool is_thumb_branch(RelocationType type) {
  return type >= RelocationType::kThumbCall && type <= RelocationType::kThumbJump8;
}

bool may_use_veneer(RelocationType type) {
  switch (type) {
    case RelocationType::kArmCall:
    case RelocationType::kArmJump24:
    case RelocationType::kThumbCall:
    case RelocationType::kThumbJump24:
    case RelocationType::kThumbJump19:
    case RelocationType::kA64Branch26:
      return true;
    default:
      return false;
  }
}

std::int64_t branch_bias(RelocationType type) {
  if (type == RelocationType::kArmCall || type == RelocationType::kArmJump24) return 8;
  return is_thumb_branch(type) ? 4 : 0;
}

std::int64_t branch_value(Isa isa, const object::Relocation& relocation, const Target& target,
                          std::uint64_t place) {
  object::Inputs in;
  in.symbol = target.address;
  in.thumb = target.thumb;
  in.addend = target.addend;
  in.place = place;
  const bool arm = isa == Isa::kArm || isa == Isa::kArm64;
  if (arm && target.status == Target::Status::kWeakUndefined) {
    constexpr std::uint64_t kInstruction = 4;
    in.symbol = place + kInstruction;
    in.addend = -branch_bias(relocation.type);
  }
  return object::evaluate(relocation.type, isa, in);
}

std::int64_t value_to_veneer(const object::Relocation& relocation, std::uint64_t veneer,
                             std::uint64_t place) {
  object::Inputs in;
  in.symbol = veneer;
  in.thumb = is_thumb_branch(relocation.type);
  in.addend = -branch_bias(relocation.type);
  in.place = place;
  return object::evaluate(relocation.type, Isa::kArm64, in);
}

bool needs_veneer(const object::Relocation& relocation, Bytes field, const Target& target,
                  std::int64_t value) {
  if (!may_use_veneer(relocation.type) || target.status != Target::Status::kDefined) return false;
  std::array<std::uint8_t, 4> copy{};
  std::copy_n(field.begin(), copy.size(), copy.begin());
  const auto status = object::write_field(relocation.type, copy, value, target.state);
  return status == object::ApplyStatus::kNeedsStub || status == object::ApplyStatus::kOutOfRange;
}

VeneerKey veneer_key(const Linked& linked, std::uint32_t object,
                     const object::Relocation& relocation, const Target& target) {
  return {symbol_key(linked.objects[object], object, relocation.symbol),
          offset_of(relocation, target), is_thumb_branch(relocation.type)};
}

std::size_t nearest_pool(const std::vector<VeneerPool>& pools, std::uint64_t address) {
  const auto after = std::lower_bound(
      pools.begin(), pools.end(), address,
      [](const VeneerPool& pool, std::uint64_t value) { return pool.address < value; });
  if (after == pools.begin()) return 0;
  const auto before = after - 1;
  const bool take_before =
      after == pools.end() || address - before->address < after->address - address;
  return static_cast<std::size_t>((take_before ? before : after) - pools.begin());
}

std::uint32_t veneer_size(Isa isa) {
  return isa == Isa::kArm64 ? 12 : 8;
}

std::uint64_t veneer_target(const object::Relocation& relocation, const Target& target) {
  const std::uint64_t address =
      target.address + static_cast<std::uint64_t>(offset_of(relocation, target));
  // Nothing is known of a label in assembly without a type: it is taken to be in the branch's
  // state.
  const bool thumb = target.state == TargetState::kUnknown ? is_thumb_branch(relocation.type)
                                                           : target.state == TargetState::kThumb;
  return address | (thumb ? 1 : 0);
}

void write_veneer(Isa isa, const Veneer& veneer, std::span<std::uint8_t> out) {
  if (isa == Isa::kArm) {
    // Both loads reach the word after them, and both may change the state.
    constexpr std::uint32_t kArmLoad = 0xe51f'f004;    // ldr pc, [pc, #-4]
    constexpr std::uint32_t kThumbLoad = 0xf000'f8df;  // ldr.w pc, [pc]
    store32(out, veneer.thumb ? kThumbLoad : kArmLoad);
    store32(out.subspan(4), veneer.target);
    return;
  }
  // x16 is the register that the procedure call standard leaves to linkers.
  constexpr std::uint32_t kAdrp = 0x9000'0010;  // adrp x16, page
  constexpr std::uint32_t kAdd = 0x9100'0210;   // add x16, x16, #low
  constexpr std::uint32_t kBr = 0xd61f'0200;    // br x16
  const std::uint64_t pages = (veneer.target >> 12) - (veneer.address >> 12);
  store32(out, kAdrp | (pages & 3) << 29 | (pages >> 2 & 0x7ffff) << 5);
  store32(out.subspan(4), kAdd | (veneer.target & 0xfff) << 10);
  store32(out.subspan(8), kBr);
}

}  // namespace cmos::linker

// Single instructions to operations. Each either puts one operation, or says in refusal_ why it
// cannot, and a trap stands in its place.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "emu/cbc/builder.h"

namespace cmos::emu::cbc {
namespace {

bool is_integer(SlotType type) {
  return type == SlotType::kI32 || type == SlotType::kI64;
}

Code plus(Code first, unsigned forms) {
  return static_cast<Code>(static_cast<unsigned>(first) + forms);
}

double widened(std::uint64_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
}

/// An immediate of 32 bits, or an inline value of the type's own width, as a slot holds it.
std::int64_t slot_value(SlotType type, std::uint64_t bits, bool own_width) {
  switch (type) {
    case SlotType::kI32:
      return static_cast<std::int32_t>(bits);
    case SlotType::kI64:
      return own_width ? static_cast<std::int64_t>(bits) : static_cast<std::int32_t>(bits);
    case SlotType::kF64:
      return own_width ? static_cast<std::int64_t>(bits)
                       : std::bit_cast<std::int64_t>(widened(bits));
    default:
      return static_cast<std::int64_t>(bits & 0xffff'ffff);
  }
}

}  // namespace

/// A variable that is read as `wanted`: integers of 32 bits are integers of 64, too.
std::optional<std::uint16_t> Builder::source(std::uint8_t id, SlotType wanted) {
  const auto found = variable(id);
  if (!found) return std::nullopt;
  const bool wider = wanted == SlotType::kI64 && found->type == SlotType::kI32;
  if (found->type == SlotType::kAny || found->type == wanted || wider) return found->slot;
  refusal_ = fmt::format("#{} is {}, not {}", id, name(found->type), name(wanted));
  return std::nullopt;
}

std::optional<std::uint16_t> Builder::destination(std::uint8_t id, SlotType wanted) {
  const auto found = variable(id);
  if (!found) return std::nullopt;
  const bool wider = wanted == SlotType::kI32 && found->type == SlotType::kI64;
  if (found->type == SlotType::kAny || found->type == wanted || wider) return found->slot;
  refusal_ = fmt::format("#{} is {} and cannot hold {}", id, name(found->type), name(wanted));
  return std::nullopt;
}

std::optional<std::uint16_t> Builder::address(std::uint8_t id) {
  return source(id, SlotType::kI64);
}

void Builder::plain(const coil::CbcInstruction& one) {
  constexpr std::uint8_t kEnd = 0x11;
  constexpr std::uint8_t kEnter = 0x2c;
  constexpr std::uint8_t kLeave = 0x2d;
  if (one.opcode == kEnd) return put(Code::kReturn);
  if (one.opcode == kEnter) {
    scopes_.push_back({{}, function_->slots, out_.operations.size()});
    return put(Code::kScope, function_->slots, function_->slots);
  }
  if (one.opcode == kLeave) {
    if (scopes_.size() == 1) {
      refusal_ = "no scope is open";
      return;
    }
    out_.operations[scopes_.back().operation].b = function_->slots;
    scopes_.pop_back();
  }
  put(Code::kNop);
}

void Builder::compare(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row) {
  const bool zero = one.format == 5 || one.format == 6;
  SlotType type = SlotType::kI64;
  if (row.type == 2) {
    const auto first = variable(one.a);
    if (!first) return;
    type = first->type == SlotType::kF32 ? SlotType::kF32 : SlotType::kF64;
  }
  const auto a = source(one.a, type);
  const auto b = zero ? a : source(one.b, type);
  if (!a || !b) return;
  constexpr unsigned kForms = 6;
  const unsigned kind = row.type == 2 ? row.code - 0x09u : row.code - 0x03u;
  const unsigned form = type == SlotType::kI64 ? 0 : type == SlotType::kF32 ? 2 : 4;
  open_.push_back(
      {out_.operations.size(), static_cast<std::int64_t>(one.offset + one.size) + one.distance()});
  put(plus(Code::kEq, kind * kForms + form + (zero ? 1 : 0)), *a, *b);
}

void Builder::call(const coil::CbcInstruction& one) {
  if (one.callee() >= out_.functions.size()) {
    refusal_ = fmt::format("there is no function {}", one.callee());
    return;
  }
  const Function& callee = out_.functions[one.callee()];
  std::vector<std::uint8_t> ids = one.arguments;
  if (one.format == 4) ids = {one.b};
  if (one.format == 7) ids = {one.b, one.c};
  constexpr std::size_t kHostArguments = 3;
  if (callee.of_host ? ids.size() > kHostArguments : ids.size() != callee.parameters) {
    refusal_ = fmt::format("{} takes {} arguments, not {}", callee.name,
                           callee.of_host ? kHostArguments : callee.parameters, ids.size());
    return;
  }
  Call out;
  out.function = one.callee();
  std::vector<std::uint16_t> slots;
  for (const std::uint8_t id : ids) {
    const auto found = variable(id);
    if (!found) return;
    slots.push_back(found->slot);
  }
  const bool named = one.format == coil::kCallFormat;
  if (named && one.a != 0 && !variable(one.a)) return;
  for (const std::uint8_t id : callee.returned) {
    // Without a place of its own the value of `ret #k` goes to the caller's #k.
    if (named ? one.a == 0 : callee.of_host) {
      slots.push_back(kNoSlot);
      continue;
    }
    const std::uint8_t place = named ? one.a : id;
    if (find(place) == nullptr && !declare(place, SlotType::kAny)) return;
    slots.push_back(find(place)->slot);
  }
  out.argument_count = static_cast<std::uint16_t>(ids.size());
  out.arguments = static_cast<std::uint32_t>(out_.call_slots.size());
  out.results = out.arguments + out.argument_count;
  out_.call_slots.insert(out_.call_slots.end(), slots.begin(), slots.end());
  put(callee.of_host ? Code::kHostCall : Code::kCall);
  out_.operations.back().target = static_cast<std::uint32_t>(out_.calls.size());
  out_.calls.push_back(std::move(out));
}

void Builder::returns(const coil::CbcInstruction& one) {
  if (one.format == 0) return put(Code::kReturn);
  const auto found = variable(one.a);
  if (!found) return;
  const auto& all = function_->returned;
  const auto ordinal = std::find(all.begin(), all.end(), one.a) - all.begin();
  put(Code::kReturnValue, found->slot, static_cast<std::uint16_t>(ordinal));
}

/// The value of a constant as a slot holds it; of texts their address.
std::optional<std::uint64_t> Builder::constant(const coil::CbcInstruction& one, SlotType wanted) {
  using enum coil::ConstantType;
  if (one.value >= file_.constants.size()) {
    refusal_ = fmt::format("there is no constant {}", one.value);
    return std::nullopt;
  }
  const coil::Constant& found = file_.constants[one.value];
  if (found.type == kString && wanted == SlotType::kI64) return constants_[one.value];
  const SlotType type = found.type == kI32   ? SlotType::kI32
                        : found.type == kI64 ? SlotType::kI64
                        : found.type == kF32 ? SlotType::kF32
                        : found.type == kF64 ? SlotType::kF64
                                             : SlotType::kAny;
  const bool wider = type == SlotType::kI32 && wanted == SlotType::kI64;
  if (type == wanted || wider)
    return static_cast<std::uint64_t>(slot_value(type, found.bits, true));
  refusal_ =
      fmt::format("constant {} is a {}, not {}", one.value, coil::name(found.type), name(wanted));
  return std::nullopt;
}

void Builder::load(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row) {
  const SlotType type = type_of(row);
  const auto to = destination(one.a, type);
  if (!to) return;
  if (one.format == 5) {
    const auto value = constant(one, type);
    if (value) put(Code::kConstant, *to, 0, 0, static_cast<std::int64_t>(*value));
    return;
  }
  const Code code = type == SlotType::kF32 ? Code::kLoadBits32
                    : row.width == 1       ? Code::kLoad8
                    : row.width == 2       ? Code::kLoad16
                    : row.width == 4       ? Code::kLoad32
                                           : Code::kLoad64;
  constexpr unsigned kToAbsolute =
      static_cast<unsigned>(Code::kLoad8At) - static_cast<unsigned>(Code::kLoad8);
  if (one.format == 6)
    return put(plus(code, kToAbsolute), *to, 0, 0, static_cast<std::int64_t>(one.value));
  const auto from = address(one.b);
  if (!from) return;
  put(code, *to, *from, 0, one.format == 7 ? static_cast<std::int8_t>(one.c) : 0);
}

void Builder::store(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row) {
  // The low bits of any integer are what the narrow stores are for.
  const SlotType type = row.type == 2 ? type_of(row) : SlotType::kI64;
  const auto value = source(one.format == 6 ? one.a : one.b, type);
  if (!value) return;
  const Code code = row.width == 1   ? Code::kStore8
                    : row.width == 2 ? Code::kStore16
                    : row.width == 4 ? Code::kStore32
                                     : Code::kStore64;
  constexpr unsigned kToAbsolute =
      static_cast<unsigned>(Code::kStore8At) - static_cast<unsigned>(Code::kStore8);
  if (one.format == 6)
    return put(plus(code, kToAbsolute), *value, 0, 0, static_cast<std::int64_t>(one.value));
  const auto to = address(one.a);
  if (!to) return;
  put(code, *value, *to, 0, one.format == 7 ? static_cast<std::int8_t>(one.c) : 0);
}

void Builder::declaration(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row) {
  const SlotType type = type_of(row);
  const auto known = scopes_.back().variables.find(one.a);
  const bool other = known != scopes_.back().variables.end() && known->second.type != type &&
                     known->second.type != SlotType::kAny;
  if (one.a == 0) {
    refusal_ = "there is no #0";
    return;
  }
  std::optional<std::uint64_t> first;
  if (one.format == 5) {
    first = constant(one, type);
    if (!first) return;
  }
  const auto slot = declare(one.a, type);
  if (!slot) return;
  if (one.format == 1 && !other) return put(Code::kNop);
  if (one.format == 4 || one.format == 6)
    first = static_cast<std::uint64_t>(slot_value(type, one.value, one.format == 4));
  put(Code::kConstant, *slot, 0, 0, static_cast<std::int64_t>(first.value_or(0)));
}

void Builder::arithmetic(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row) {
  const SlotType type = type_of(row);
  const auto to = destination(one.a, type);
  const auto left = to ? source(one.format == 7 ? one.b : one.a, type) : std::nullopt;
  if (!left) return;
  const bool whole = is_integer(type);
  const unsigned kind = whole ? (row.code - 0x40u) / 2 : (row.code - 0x60u) / 2;
  constexpr unsigned kForms = 4;
  const Code base =
      plus(whole ? Code::kAdd32 : Code::kAddF32, kind * kForms + (row.width == 8 ? 1 : 0));
  if (one.format == 6) return put(plus(base, 2), *to, *left, 0, slot_value(type, one.value, false));
  const auto right = source(one.format == 7 ? one.c : one.b, type);
  if (right) put(base, *to, *left, *right);
}

void Builder::unary(const coil::CbcInstruction& one, const coil::CbcOpcodeRow& row) {
  struct Row {
    std::uint8_t opcode;
    Code code;
    SlotType from, to;
  };
  using enum SlotType;
  constexpr Row kRows[] = {
      {0x68, Code::kSqrtF32, kF32, kF32},  {0x69, Code::kSqrtF64, kF64, kF64},
      {0x80, Code::kI32ToI64, kI32, kI64}, {0x81, Code::kI64ToI32, kI64, kI32},
      {0x82, Code::kI32ToF32, kI32, kF32}, {0x83, Code::kI64ToF64, kI64, kF64},
      {0x84, Code::kF32ToI32, kF32, kI32}, {0x85, Code::kF64ToI64, kF64, kI64},
      {0x86, Code::kF32ToF64, kF32, kF64}, {0x87, Code::kF64ToF32, kF64, kF32}};
  const auto found = std::find_if(std::begin(kRows), std::end(kRows),
                                  [&](const Row& one_row) { return one_row.opcode == row.code; });
  const auto to = destination(one.a, found->to);
  const auto from = to ? source(one.b, found->from) : std::nullopt;
  if (from) put(found->code, *to, *from);
}

}  // namespace cmos::emu::cbc

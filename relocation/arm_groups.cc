#include "relocation/arm_groups.h"

#include <bit>

namespace cmos::object {
namespace {

constexpr std::uint32_t kUp = 1u << 23;         ///< loads: the offset is added
constexpr std::uint32_t kAddOpcode = 1u << 23;  ///< of data processing: ADD 0100, SUB 0010
constexpr std::uint32_t kSubOpcode = 1u << 22;

struct Taken {
  std::uint32_t encoded = 0;  ///< rotation and imm8
  std::uint32_t rest = 0;
};

Taken take(std::uint32_t value) {
  const int top = value == 0 ? 0 : (31 - std::countl_zero(value)) & ~1;
  const int shift = top > 6 ? top - 6 : 0;
  const std::uint32_t bits = value & (0xffu << shift);
  const auto rotation = static_cast<std::uint32_t>(shift == 0 ? 0 : (32 - shift) / 2);
  return {.encoded = rotation << 8 | bits >> shift, .rest = value & ~bits};
}

std::uint32_t signed_up(std::uint32_t instruction, bool negative) {
  return (instruction & ~kUp) | (negative ? 0 : kUp);
}

}  // namespace

bool is_arm_group(Field field) {
  switch (field) {
    case Field::kArmAdd:
    case Field::kArmAddRest:
    case Field::kArmLdrRest:
    case Field::kArmLdrsRest:
    case Field::kArmLdcRest:
      return true;
    default:
      return false;
  }
}

std::optional<std::uint32_t> put_arm_group(const RelocationInfo& row, std::uint32_t instruction,
                                           std::int64_t value) {
  const bool negative = value < 0;
  if (value > INT64_C(0xffff'ffff) || value < -INT64_C(0xffff'ffff)) return std::nullopt;
  auto rest = static_cast<std::uint32_t>(negative ? -value : value);
  for (unsigned i = 0; i < row.shift; ++i) rest = take(rest).rest;
  switch (row.field) {
    case Field::kArmAdd:
    case Field::kArmAddRest: {
      const Taken taken = take(rest);
      if (row.field == Field::kArmAddRest && taken.rest != 0) return std::nullopt;
      return (instruction & 0xff1f'f000) | (negative ? kSubOpcode : kAddOpcode) | taken.encoded;
    }
    case Field::kArmLdrRest:
      if (rest > 0xfff) return std::nullopt;
      return (signed_up(instruction, negative) & ~0xfffu) | rest;
    case Field::kArmLdrsRest:
      if (rest > 0xff) return std::nullopt;
      return (signed_up(instruction, negative) & ~0xf0fu) | (rest & 0xf0) << 4 | (rest & 0xf);
    case Field::kArmLdcRest:
      if (rest > 0x3ff || rest % 4 != 0) return std::nullopt;
      return (signed_up(instruction, negative) & ~0xffu) | rest >> 2;
    default:
      return std::nullopt;
  }
}

std::int64_t get_arm_group(Field field, std::uint32_t instruction) {
  std::int64_t magnitude = 0;
  bool negative = (instruction & kUp) == 0;
  switch (field) {
    case Field::kArmAdd:
    case Field::kArmAddRest:
      magnitude = std::rotr(instruction & 0xff, static_cast<int>(instruction >> 8 & 0xf) * 2);
      negative = (instruction & kSubOpcode) != 0;
      break;
    case Field::kArmLdrRest:
      magnitude = instruction & 0xfff;
      break;
    case Field::kArmLdrsRest:
      magnitude = (instruction >> 4 & 0xf0) | (instruction & 0xf);
      break;
    case Field::kArmLdcRest:
      magnitude = (instruction & 0xff) * 4;
      break;
    default:
      break;
  }
  return negative ? -magnitude : magnitude;
}

}  // namespace cmos::object

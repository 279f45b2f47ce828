// What the 8086 calculates, and the flags that come of it. Flags that Intel leaves undefined stay
// as they were, if nothing else is said.
#include <bit>

#include "emu/i8086/cpu.h"

namespace cmos::emu::i8086 {

bool I8086Engine::condition(unsigned code) const {
  bool holds = false;
  const bool less = flag(kSign) != flag(kOverflow);
  switch (code >> 1) {
    case 0:
      holds = flag(kOverflow);
      break;
    case 1:
      holds = flag(kCarry);
      break;
    case 2:
      holds = flag(kZero);
      break;
    case 3:
      holds = flag(kCarry) || flag(kZero);
      break;
    case 4:
      holds = flag(kSign);
      break;
    case 5:
      holds = flag(kParity);
      break;
    case 6:
      holds = less;
      break;
    default:
      holds = less || flag(kZero);
  }
  return holds != ((code & 1) != 0);
}

/// Sign, zero and parity.
void I8086Engine::set_result_flags(std::uint32_t value, unsigned size) {
  set(kSign, (value & sign_of(size)) != 0);
  set(kZero, (value & mask_of(size)) == 0);
  set(kParity, std::popcount(value & 0xff) % 2 == 0);
}

std::uint32_t I8086Engine::add(std::uint32_t a, std::uint32_t b, unsigned size, bool carry) {
  const std::uint32_t sum = a + b + (carry ? 1 : 0);
  set(kCarry, sum > mask_of(size));
  set(kOverflow, ((a ^ sum) & (b ^ sum) & sign_of(size)) != 0);
  set(kAdjust, ((a ^ b ^ sum) & 0x10) != 0);
  set_result_flags(sum, size);
  return sum & mask_of(size);
}

std::uint32_t I8086Engine::subtract(std::uint32_t a, std::uint32_t b, unsigned size, bool borrow) {
  const std::uint32_t less = b + (borrow ? 1 : 0), difference = a - less;
  set(kCarry, less > a);
  set(kOverflow, ((a ^ b) & (a ^ difference) & sign_of(size)) != 0);
  set(kAdjust, ((a ^ b ^ difference) & 0x10) != 0);
  set_result_flags(difference, size);
  return difference & mask_of(size);
}

std::uint32_t I8086Engine::logical(std::uint32_t value, unsigned size) {
  set(kCarry, false);
  set(kOverflow, false);
  set(kAdjust, false);
  set_result_flags(value, size);
  return value & mask_of(size);
}

std::optional<std::uint32_t> I8086Engine::calculate(unsigned operation, std::uint32_t a,
                                                    std::uint32_t b, unsigned size) {
  switch (operation) {
    case 0:
      return add(a, b, size, false);
    case 1:
      return logical(a | b, size);
    case 2:
      return add(a, b, size, flag(kCarry));
    case 3:
      return subtract(a, b, size, flag(kCarry));
    case 4:
      return logical(a & b, size);
    case 5:
      return subtract(a, b, size, false);
    case 6:
      return logical(a ^ b, size);
    default:
      subtract(a, b, size, false);
      return std::nullopt;
  }
}

/// inc and dec, which leave the carry alone.
std::uint32_t I8086Engine::increment(std::uint32_t value, unsigned size, bool up) {
  const bool carry = flag(kCarry);
  const std::uint32_t result = up ? add(value, 1, size, false) : subtract(value, 1, size, false);
  set(kCarry, carry);
  return result;
}

/// rol, ror, rcl, rcr, shl, shr and sar, bit by bit: the 8086 takes all eight bits of the count.
std::uint32_t I8086Engine::shift(unsigned operation, std::uint32_t value, unsigned size,
                                 unsigned count) {
  if (count == 0) return value;
  const std::uint32_t sign = sign_of(size), mask = mask_of(size);
  const bool left = (operation & 1) == 0;
  bool carry = flag(kCarry), overflow = false;
  for (unsigned i = 0; i < count; ++i) {
    const std::uint32_t before = value;
    const bool out = (value & (left ? sign : 1)) != 0;
    value = left ? value << 1 & mask : value >> 1;
    bool in = false;
    if (operation < 2) in = out;
    if (operation == 2 || operation == 3) in = carry;
    if (operation == 7) in = (before & sign) != 0;
    if (in) value |= left ? 1 : sign;
    carry = out;
    overflow = ((before ^ value) & sign) != 0;
  }
  set(kCarry, carry);
  set(kOverflow, overflow);
  if (operation >= 4) set_result_flags(value, size);
  return value;
}

void I8086Engine::multiply(std::uint32_t value, unsigned size, bool is_signed) {
  const std::uint32_t other = reg(kAx, size);
  std::uint32_t product = value * other;
  if (is_signed && size == 1)
    product = static_cast<std::uint32_t>(static_cast<std::int8_t>(value) *
                                         static_cast<std::int8_t>(other));
  if (is_signed && size == 2)
    product = static_cast<std::uint32_t>(static_cast<std::int16_t>(value) *
                                         static_cast<std::int16_t>(other));
  state_.r[kAx] = static_cast<std::uint16_t>(product);
  if (size == 2) state_.r[kDx] = static_cast<std::uint16_t>(product >> 16);
  const std::uint32_t low = product & mask_of(size);
  const std::uint32_t upper = product >> (8 * size) & mask_of(size);
  const std::uint32_t expected = is_signed && (low & sign_of(size)) != 0 ? mask_of(size) : 0;
  set(kCarry, upper != expected);
  set(kOverflow, upper != expected);
}

void I8086Engine::divide(std::uint32_t value, unsigned size, bool is_signed) {
  if (ended()) return;
  const std::uint32_t whole =
      size == 1 ? state_.r[kAx] : std::uint32_t{state_.r[kDx]} << 16 | state_.r[kAx];
  std::int64_t dividend = whole, divisor = value;
  if (is_signed) {
    dividend = size == 1 ? static_cast<std::int16_t>(whole) : static_cast<std::int32_t>(whole);
    divisor = size == 1 ? static_cast<std::int8_t>(value) : static_cast<std::int16_t>(value);
  }
  if (divisor == 0) return fault(FaultKind::kArithmetic, "divide error");
  put_quotient(dividend / divisor, dividend % divisor, size, is_signed);
}

/// The least negative number is no quotient on the 8086.
void I8086Engine::put_quotient(std::int64_t quotient, std::int64_t remainder, unsigned size,
                               bool is_signed) {
  const std::int64_t most = is_signed ? sign_of(size) - 1 : mask_of(size);
  const std::int64_t least = is_signed ? -most : 0;
  if (quotient > most || quotient < least) return fault(FaultKind::kArithmetic, "divide error");
  set_reg(kAx, size, static_cast<std::uint32_t>(quotient));
  set_reg(size == 1 ? kAh : unsigned{kDx}, size, static_cast<std::uint32_t>(remainder));
}

/// daa and das.
void I8086Engine::adjust_decimal(bool adds) {
  const std::uint32_t before = reg(kAx, 1);
  std::uint32_t value = before;
  const bool carry = flag(kCarry);
  const bool low = (before & 15) > 9 || flag(kAdjust), high = before > 0x99 || carry;
  bool out = high;
  if (low) {
    value += adds ? 6 : 0 - 6u;
    out = out || (!adds && before < 6);
  }
  if (high) value += adds ? 0x60 : 0 - 0x60u;
  set(kAdjust, low);
  set(kCarry, out);
  set_result_flags(value, 1);
  set_reg(kAx, 1, value);
}

/// aaa and aas.
void I8086Engine::adjust_ascii(bool adds) {
  const bool carry = (reg(kAx, 1) & 15) > 9 || flag(kAdjust);
  if (carry) {
    const std::uint32_t low = reg(kAx, 1) + (adds ? 6 : 0 - 6u);
    const std::uint32_t high = reg(kAh, 1) + (adds ? 1 : 0 - 1u);
    set_reg(kAx, 1, low);
    set_reg(kAh, 1, high);
  }
  set(kAdjust, carry);
  set(kCarry, carry);
  set_reg(kAx, 1, reg(kAx, 1) & 15);
}

void I8086Engine::adjust_multiply(unsigned base) {
  if (ended()) return;
  if (base == 0) return fault(FaultKind::kArithmetic, "divide error");
  const std::uint32_t value = reg(kAx, 1);
  set_reg(kAh, 1, value / base);
  set_reg(kAx, 1, value % base);
  set_result_flags(value % base, 1);
}

void I8086Engine::adjust_divide(unsigned base) {
  const std::uint32_t value = (reg(kAh, 1) * base + reg(kAx, 1)) & 0xff;
  state_.r[kAx] = static_cast<std::uint16_t>(value);
  set_result_flags(value, 1);
}

}  // namespace cmos::emu::i8086

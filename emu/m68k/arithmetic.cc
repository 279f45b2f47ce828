// Lines 8, 9, B, C, D and E of the 68000's opcodes: arithmetic, logic, shifts.
#include <limits>

#include "emu/m68k/cpu.h"

namespace cmos::emu::m68k {

/// or, divu, divs, sbcd.
void M68kEngine::line_8(std::uint16_t opcode) {
  if ((opcode & 0xc0) == 0xc0) return divide(opcode, (opcode & 0x100) != 0);
  if ((opcode & 0x1f0) == 0x100) return decimal(opcode, false);
  const unsigned size = size_in(opcode), reg = opcode >> 9 & 7;
  const bool to_memory = (opcode & 0x100) != 0;
  const Operand other = operand(opcode, size, to_memory ? kMemoryAlterable : kData);
  const std::uint32_t result = (load(other, size) | state_.d[reg]) & mask_of(size);
  logical(result, size);
  store(to_memory ? other : data_register(reg), size, result);
}

/// A quotient that has no room in 16 bits leaves the register as it is, and sets V.
void M68kEngine::divide(std::uint16_t opcode, bool is_signed) {
  const std::uint32_t raw = load(operand(opcode, 2, kData), 2);
  if (ended()) return;
  if (raw == 0) return fault(FaultKind::kArithmetic, "divide by zero");
  std::uint32_t& reg = state_.d[opcode >> 9 & 7];
  std::int64_t dividend = reg, divisor = raw;
  if (is_signed) {
    dividend = static_cast<std::int32_t>(reg);
    divisor = static_cast<std::int32_t>(extend(raw, 2));
  }
  const std::int64_t quotient = dividend / divisor, remainder = dividend % divisor;
  const std::int64_t most = is_signed ? std::numeric_limits<std::int16_t>::max()
                                      : std::numeric_limits<std::uint16_t>::max();
  const std::int64_t least = is_signed ? std::numeric_limits<std::int16_t>::min() : 0;
  set(kC, false);
  if (quotient > most || quotient < least) return set(kV, true);
  logical(static_cast<std::uint32_t>(quotient), 2);
  reg =
      static_cast<std::uint32_t>(remainder) << 16 | (static_cast<std::uint32_t>(quotient) & 0xffff);
}

void M68kEngine::multiply(std::uint16_t opcode, bool is_signed) {
  const std::uint32_t value = load(operand(opcode, 2, kData), 2);
  std::uint32_t& reg = state_.d[opcode >> 9 & 7];
  reg = is_signed ? extend(value, 2) * extend(reg, 2) : value * (reg & 0xffff);
  logical(reg, 4);
}

/// abcd and sbcd, of two registers or of two bytes below where address registers point.
void M68kEngine::decimal(std::uint16_t opcode, bool adds) {
  const unsigned mode = (opcode & 8) != 0 ? 4 : 0;
  const Operand from = operand(mode, opcode & 7u, 1, kAnyMode);
  const std::uint32_t value = load(from, 1);
  const Operand to = operand(mode, opcode >> 9 & 7u, 1, kAnyMode);
  const std::uint32_t before = load(to, 1);
  store(to, 1, adds ? add_decimal(before, value) : subtract_decimal(before, value));
}

/// sub, suba, subx; add, adda, addx.
void M68kEngine::line_9_or_d(std::uint16_t opcode, bool adds) {
  const unsigned reg = opcode >> 9 & 7;
  if ((opcode & 0xc0) == 0xc0) {
    const unsigned size = (opcode & 0x100) != 0 ? 4 : 2;
    const std::uint32_t value = extend(load(operand(opcode, size, kAnyMode), size), size);
    state_.a[reg] += adds ? value : 0 - value;
    return;
  }
  const unsigned size = size_in(opcode);
  if ((opcode & 0x130) == 0x100) return extended(opcode, size, adds);
  const bool to_memory = (opcode & 0x100) != 0;
  const Operand other = operand(opcode, size, to_memory ? kMemoryAlterable : kAnyMode);
  const std::uint32_t value = load(other, size);
  const std::uint32_t a = to_memory ? value : state_.d[reg];
  const std::uint32_t b = to_memory ? state_.d[reg] : value;
  const std::uint32_t result = adds ? add(a, b, size) : subtract(a, b, size);
  store(to_memory ? other : data_register(reg), size, result);
}

void M68kEngine::extended(std::uint16_t opcode, unsigned size, bool adds) {
  const unsigned mode = (opcode & 8) != 0 ? 4 : 0;
  const Operand from = operand(mode, opcode & 7u, size, kAnyMode);
  const std::uint32_t value = load(from, size);
  const Operand to = operand(mode, opcode >> 9 & 7u, size, kAnyMode);
  const std::uint32_t before = load(to, size);
  store(to, size, adds ? add(before, value, size, true) : subtract(before, value, size, true));
}

/// cmp, cmpa, cmpm, eor.
void M68kEngine::line_b(std::uint16_t opcode) {
  const unsigned reg = opcode >> 9 & 7;
  if ((opcode & 0xc0) == 0xc0) {
    const unsigned size = (opcode & 0x100) != 0 ? 4 : 2;
    const std::uint32_t value = extend(load(operand(opcode, size, kAnyMode), size), size);
    return compare(state_.a[reg], value, 4);
  }
  const unsigned size = size_in(opcode);
  if ((opcode & 0x100) == 0)
    return compare(state_.d[reg], load(operand(opcode, size, kAnyMode), size), size);
  if ((opcode & 0x38) == 8) {
    const std::uint32_t value = load(operand(3, opcode & 7u, size, kAnyMode), size);
    return compare(load(operand(3, reg, size, kAnyMode), size), value, size);
  }
  const Operand to = operand(opcode, size, kDataAlterable);
  const std::uint32_t result = load(to, size) ^ (state_.d[reg] & mask_of(size));
  logical(result, size);
  store(to, size, result);
}

/// and, mulu, muls, abcd, exg.
void M68kEngine::line_c(std::uint16_t opcode) {
  if ((opcode & 0xc0) == 0xc0) return multiply(opcode, (opcode & 0x100) != 0);
  if ((opcode & 0x1f0) == 0x100) return decimal(opcode, true);
  if ((opcode & 0x130) == 0x100) return exchange(opcode);
  const unsigned size = size_in(opcode), reg = opcode >> 9 & 7;
  const bool to_memory = (opcode & 0x100) != 0;
  const Operand other = operand(opcode, size, to_memory ? kMemoryAlterable : kData);
  const std::uint32_t result = load(other, size) & state_.d[reg];
  logical(result, size);
  store(to_memory ? other : data_register(reg), size, result);
}

void M68kEngine::exchange(std::uint16_t opcode) {
  const unsigned x = opcode >> 9 & 7, y = opcode & 7;
  switch (opcode >> 3 & 31u) {
    case 0x08:
      return std::swap(state_.d[x], state_.d[y]);
    case 0x09:
      return std::swap(state_.a[x], state_.a[y]);
    case 0x11:
      return std::swap(state_.d[x], state_.a[y]);
    default:
      return illegal();
  }
}

/// Shifts and rotations: of a register by a constant or a register, of a word in memory by one.
void M68kEngine::line_e(std::uint16_t opcode) {
  const bool left = (opcode & 0x100) != 0;
  if ((opcode & 0xc0) == 0xc0) {
    if ((opcode & 0x800) != 0) return illegal();
    const Operand to = operand(opcode, 2, kMemoryAlterable);
    const std::uint32_t value = load(to, 2);
    return store(to, 2, shift(opcode >> 9 & 3u, left, value, 2, 1));
  }
  const unsigned size = size_in(opcode), number = opcode >> 9 & 7;
  const unsigned count = (opcode & 0x20) != 0 ? state_.d[number] & 63 : number == 0 ? 8 : number;
  const Operand to{Operand::Kind::kDataRegister, static_cast<std::uint8_t>(opcode & 7), 0};
  store(to, size, shift(opcode >> 3 & 3u, left, load(to, size), size, count));
}

/// `kind`: arithmetic, logical, rotation through X, rotation. Bit by bit, as the CPU does it.
std::uint32_t M68kEngine::shift(unsigned kind, bool left, std::uint32_t value, unsigned size,
                                unsigned count) {
  constexpr unsigned kArithmetic = 0, kThroughX = 2, kRotation = 3;
  const std::uint32_t mask = mask_of(size), sign = sign_of(size);
  bool carry = kind == kThroughX && flag(kX), overflow = false, x = flag(kX);
  for (unsigned i = 0; i < count; ++i) {
    const std::uint32_t before = value;
    carry = (value & (left ? sign : 1)) != 0;
    value = left ? value << 1 & mask : value >> 1;
    bool in = false;
    if (kind == kArithmetic && !left) in = (before & sign) != 0;
    if (kind == kThroughX) in = x;
    if (kind == kRotation) in = carry;
    if (in) value |= left ? 1 : sign;
    if (kind != kRotation) x = carry;
    overflow |= kind == kArithmetic && ((before ^ value) & sign) != 0;
  }
  logical(value, size);
  set(kC, carry);
  set(kX, x);
  set(kV, overflow);
  return value;
}

}  // namespace cmos::emu::m68k

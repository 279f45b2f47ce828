// The 68000's instructions, by the upper four bits of their opcodes ("M68000 Family Programmer's
// Reference Manual", section 8). Arithmetic stands in arithmetic.cc.
#include "emu/m68k/engine.h"

#include <fmt/format.h>

#include "emu/m68k/cpu.h"

namespace cmos::emu {
namespace {

// move.l d0, d1; moveq #0, d0; trap #0
constexpr std::array<std::uint8_t, 6> kExit{0x22, 0x00, 0x70, 0x00, 0x4e, 0x40};
constexpr MemoryMap kMap{.stack_top = 0xf0'0000, .exit_stub = 0xf1'0000};

}  // namespace

const Isa kM68k{"_68K", arch::kM68k, 0, 0, {1, 2, 3}, "trap #0", kExit, kMap};

Result<std::unique_ptr<Engine>> make_m68k(GuestMemory& memory, const EngineOptions& options) {
  return m68k::M68kEngine::make(memory, options);
}

namespace m68k {

void M68kEngine::execute() {
  const auto opcode = static_cast<std::uint16_t>(fetch(2));
  if (ended()) return;
  switch (opcode >> 12) {
    case 0x0:
      return line_0(opcode);
    case 0x1:
      return move(opcode, 1);
    case 0x2:
      return move(opcode, 4);
    case 0x3:
      return move(opcode, 2);
    case 0x4:
      return line_4(opcode);
    case 0x5:
      return line_5(opcode);
    case 0x6:
      return branch(opcode);
    case 0x7:  // moveq
      if ((opcode & 0x100) != 0) return illegal();
      state_.d[opcode >> 9 & 7] = extend(opcode, 1);
      return logical(extend(opcode, 1), 4);
    case 0x8:
      return line_8(opcode);
    case 0x9:
      return line_9_or_d(opcode, false);
    case 0xb:
      return line_b(opcode);
    case 0xc:
      return line_c(opcode);
    case 0xd:
      return line_9_or_d(opcode, true);
    case 0xe:
      return line_e(opcode);
    default:
      return fault(FaultKind::kIllegalInstruction,
                   opcode >> 12 == 0xa ? "line-A instruction" : "line-F instruction");
  }
}

// ---- 0: immediate operations, bits, movep

void M68kEngine::line_0(std::uint16_t opcode) {
  if ((opcode & 0x138) == 0x108) return move_peripheral(opcode);
  if ((opcode & 0x100) != 0) return bit(opcode, state_.d[opcode >> 9 & 7], false);
  if ((opcode & 0xf00) == 0x800) return bit(opcode, fetch(1), true);
  immediate(opcode);
}

void M68kEngine::immediate(std::uint16_t opcode) {
  const unsigned operation = opcode >> 9 & 7;
  const bool logic = operation == 0 || operation == 1 || operation == 5;
  if ((opcode & 0x3f) == 0x3c && logic) return immediate_to_status(opcode);
  const unsigned size = size_in(opcode);
  if (size == 0) return;
  if (operation == 7) return illegal();
  const std::uint32_t value = fetch(size);
  const Operand to = operand(opcode, size, kDataAlterable);
  const std::uint32_t before = load(to, size);
  switch (operation) {
    case 2:
      return store(to, size, subtract(before, value, size));
    case 3:
      return store(to, size, add(before, value, size));
    case 6:
      return compare(before, value, size);
    default:
      break;
  }
  const std::uint32_t result = operation == 0   ? before | value
                               : operation == 1 ? before & value
                                                : before ^ value;
  logical(result, size);
  store(to, size, result);
}

/// ori, andi and eori to ccr; to sr they are privileged.
void M68kEngine::immediate_to_status(std::uint16_t opcode) {
  if ((opcode & 0xc0) == 0x40) return privileged();
  if ((opcode & 0xc0) != 0) return illegal();
  const auto value = static_cast<std::uint16_t>(fetch(1) & kConditionCodes);
  const unsigned operation = opcode >> 9 & 7;
  state_.sr = static_cast<std::uint16_t>(operation == 0   ? state_.sr | value
                                         : operation == 1 ? state_.sr & value
                                                          : state_.sr ^ value);
}

/// btst, bchg, bclr, bset: of 32 bits in a register, of a byte in memory.
void M68kEngine::bit(std::uint16_t opcode, std::uint32_t number, bool constant) {
  const unsigned operation = opcode >> 6 & 3;
  const std::uint16_t allowed = operation != 0 ? kDataAlterable
                                : constant     ? kData & ~kImmediate
                                               : kData;
  const unsigned size = (opcode >> 3 & 7) == 0 ? 4 : 1;
  const Operand to = operand(opcode, size, allowed);
  const std::uint32_t mask = 1u << (number & (8 * size - 1));
  const std::uint32_t value = load(to, size);
  set(kZ, (value & mask) == 0);
  if (operation == 1) store(to, size, value ^ mask);
  if (operation == 2) store(to, size, value & ~mask);
  if (operation == 3) store(to, size, value | mask);
}

/// Every other byte, most significant first.
void M68kEngine::move_peripheral(std::uint16_t opcode) {
  const unsigned bytes = (opcode & 0x40) != 0 ? 4 : 2;
  std::uint32_t address = state_.a[opcode & 7] + extend(fetch(2), 2);
  std::uint32_t& reg = state_.d[opcode >> 9 & 7];
  std::uint32_t value = 0;
  for (unsigned i = bytes; i-- > 0; address += 2) {
    if ((opcode & 0x80) != 0)
      write(address, 1, reg >> (8 * i));
    else
      value = value << 8 | read(address, 1);
  }
  if ((opcode & 0x80) == 0) reg = (reg & ~mask_of(bytes)) | value;
}

// ---- 1, 2, 3: move

void M68kEngine::move(std::uint16_t opcode, unsigned size) {
  const Operand from = operand(opcode, size, kAnyMode);
  const std::uint32_t value = load(from, size);
  const unsigned mode = opcode >> 6 & 7;
  const Operand to = operand(mode, opcode >> 9 & 7, size, size == 1 ? kDataAlterable : kAlterable);
  if (mode != 1) logical(value, size);
  store(to, size, value);
}

// ---- 4: miscellaneous

void M68kEngine::line_4(std::uint16_t opcode) {
  if ((opcode & 0x1c0) == 0x1c0) {  // lea
    const Operand from = operand(opcode, 4, kControl);
    state_.a[opcode >> 9 & 7] = from.value;
    return;
  }
  if ((opcode & 0x1c0) == 0x180) return check_bounds(opcode);
  if ((opcode & 0x100) != 0) return illegal();
  switch (opcode >> 8 & 15) {
    case 0x8:
    case 0xc:
      return line_48(opcode);
    case 0xe:
      return line_4e(opcode);
    default:
      return one_operand(opcode);
  }
}

/// negx, clr, neg, not, tst; where they would have no size: moves of sr and ccr, tas.
void M68kEngine::one_operand(std::uint16_t opcode) {
  const unsigned operation = opcode >> 9 & 7;
  const bool no_size = (opcode >> 6 & 3) == 3;
  if (no_size && operation == 0) return store(operand(opcode, 2, kDataAlterable), 2, state_.sr);
  if (no_size && operation == 2) {
    state_.sr = static_cast<std::uint16_t>(load(operand(opcode, 2, kData), 2) & kConditionCodes);
    return;
  }
  if (no_size && operation == 3) return privileged();
  if (opcode == 0x4afc) return fault(FaultKind::kIllegalInstruction, "illegal");
  const unsigned size = no_size && operation == 5 ? 1 : size_in(opcode);
  if (size == 0) return;
  const Operand to = operand(opcode, size, kDataAlterable);
  const std::uint32_t value = load(to, size);
  switch (operation) {
    case 0:
      return store(to, size, subtract(0, value, size, true));
    case 1:
      logical(0, size);
      return store(to, size, 0);
    case 2:
      return store(to, size, subtract(0, value, size));
    case 3:
      logical(~value, size);
      return store(to, size, ~value);
    default:
      logical(value, size);
      if (no_size) store(to, size, value | 0x80);
  }
}

/// nbcd, swap, pea, ext, movem.
void M68kEngine::line_48(std::uint16_t opcode) {
  const unsigned kind = opcode >> 6 & 3, mode = opcode >> 3 & 7;
  std::uint32_t& reg = state_.d[opcode & 7];
  if ((opcode & 0x400) != 0) return kind < 2 ? illegal() : move_multiple(opcode);
  if (kind == 0) {
    const Operand to = operand(opcode, 1, kDataAlterable);
    return store(to, 1, subtract_decimal(0, load(to, 1)));
  }
  if (kind == 1 && mode == 0) {
    reg = reg << 16 | reg >> 16;
    return logical(reg, 4);
  }
  if (kind == 1) {
    const std::uint32_t address = operand(opcode, 4, kControl).value;
    return push(address);
  }
  if (mode != 0) return move_multiple(opcode);
  if (kind == 2)
    reg = (reg & 0xffff'0000) | (extend(reg, 1) & 0xffff);
  else
    reg = extend(reg, 2);
  logical(reg, kind == 2 ? 2 : 4);
}

/// Downwards the list is turned round, and a register that is also the address is stored as it was.
void M68kEngine::move_multiple(std::uint16_t opcode) {
  const bool loads = (opcode & 0x400) != 0;
  const unsigned size = (opcode & 0x40) != 0 ? 4 : 2, mode = opcode >> 3 & 7, reg = opcode & 7;
  const std::uint32_t list = fetch(2);
  const std::uint16_t allowed = loads ? kControl | kIncrement : kControlAlterable | kDecrement;
  if (loads ? mode == 4 : mode == 3) return illegal();
  const bool down = mode == 4, up = mode == 3;
  // The operand's own step is not this instruction's.
  std::uint32_t address = down || up ? state_.a[reg] : operand(opcode, size, allowed).value;
  const auto place_of = [this](unsigned i) -> std::uint32_t& {
    return i < 8 ? state_.d[i] : state_.a[i - 8];
  };
  for (unsigned i = 0; i < 16 && !ended(); ++i) {
    if ((list >> i & 1) == 0) continue;
    if (down) {
      address -= size;
      write(address, size, place_of(15 - i));
      continue;
    }
    if (loads)
      place_of(i) = extend(read(address, size), size);
    else
      write(address, size, place_of(i));
    address += size;
  }
  if (down || up) state_.a[reg] = address;
}

void M68kEngine::line_4e(std::uint16_t opcode) {
  const unsigned reg = opcode & 7;
  if ((opcode & 0x80) != 0) {
    const std::uint32_t target = operand(opcode, 4, kControl).value;
    if ((opcode & 0x40) == 0) push(state_.pc);
    return jump_to(target);
  }
  switch (opcode >> 3 & 7u) {
    case 0:
    case 1:
      if ((opcode & 0x40) == 0) return illegal();
      if ((opcode & 15) == 0) return trap(state_.d[0], {state_.d[1], state_.d[2], state_.d[3]});
      return fault(FaultKind::kBadTrap, fmt::format("trap #{}", opcode & 15));
    case 2: {
      if ((opcode & 0x40) == 0) return illegal();
      const std::uint32_t displacement = extend(fetch(2), 2);
      push(reg == 7 ? state_.a[7] - 4 : state_.a[reg]);
      state_.a[reg] = state_.a[7];
      state_.a[7] += displacement;
      return;
    }
    case 3: {
      if ((opcode & 0x40) == 0) return illegal();
      state_.a[7] = state_.a[reg];
      const std::uint32_t value = pop();
      state_.a[reg] = value;
      return;
    }
    case 4:
    case 5:
      return (opcode & 0x40) == 0 ? illegal() : privileged();
    case 6:
      break;
    default:
      return illegal();
  }
  if ((opcode & 0x40) == 0) return illegal();
  switch (reg) {
    case 1:  // nop
      return;
    case 0:  // reset
    case 2:  // stop
    case 3:  // rte
      return privileged();
    case 5:
      return jump_to(pop());
    case 6:
      if (flag(kV)) fault(FaultKind::kArithmetic, "overflow (trapv)");
      return;
    case 7:
      return return_and_restore();
    default:
      return illegal();
  }
}

void M68kEngine::return_and_restore() {
  state_.sr = static_cast<std::uint16_t>(read(state_.a[7], 2) & kConditionCodes);
  state_.a[7] += 2;
  jump_to(pop());
}

void M68kEngine::check_bounds(std::uint16_t opcode) {
  const std::uint32_t bound = extend(load(operand(opcode, 2, kData), 2), 2);
  const auto value = static_cast<std::int32_t>(extend(state_.d[opcode >> 9 & 7], 2));
  if (value < 0 || value > static_cast<std::int32_t>(bound))
    fault(FaultKind::kArithmetic, "bound range exceeded (chk)");
}

// ---- 5, 6: addq, subq, scc, branches

void M68kEngine::line_5(std::uint16_t opcode) {
  if ((opcode & 0xc0) == 0xc0) {
    if ((opcode & 0x38) == 8) return decrement_and_branch(opcode);
    const Operand to = operand(opcode, 1, kDataAlterable);
    // The byte is read, too, whatever it is.
    (void)load(to, 1);
    return store(to, 1, condition(opcode >> 8 & 15u) ? 0xff : 0);
  }
  const unsigned size = size_in(opcode);
  const std::uint32_t value = (opcode >> 9 & 7) == 0 ? 8 : opcode >> 9 & 7;
  const bool adds = (opcode & 0x100) == 0;
  const Operand to = operand(opcode, size, kAlterable);
  if (to.kind == Operand::Kind::kAddressRegister) {
    state_.a[to.reg] += adds ? value : 0 - value;
    return;
  }
  const std::uint32_t before = load(to, size);
  store(to, size, adds ? add(before, value, size) : subtract(before, value, size));
}

void M68kEngine::decrement_and_branch(std::uint16_t opcode) {
  const std::uint32_t from = state_.pc;
  const std::uint32_t displacement = extend(fetch(2), 2);
  if (condition(opcode >> 8 & 15u)) return;
  std::uint32_t& reg = state_.d[opcode & 7];
  reg = (reg & 0xffff'0000) | ((reg - 1) & 0xffff);
  if ((reg & 0xffff) != 0xffff) jump_to(from + displacement);
}

void M68kEngine::branch(std::uint16_t opcode) {
  const std::uint32_t from = state_.pc;
  std::uint32_t displacement = extend(opcode, 1);
  if (displacement == 0) displacement = extend(fetch(2), 2);
  const unsigned code = opcode >> 8 & 15u;
  if (code == 1)
    push(state_.pc);
  else if (!condition(code))
    return;
  jump_to(from + displacement);
}

}  // namespace m68k
}  // namespace cmos::emu

// The 8086's instructions by their opcodes ("The 8086 Family User's Manual", table 4-13).
#include "emu/i8086/engine.h"

#include <fmt/format.h>

#include "emu/i8086/cpu.h"

namespace cmos::emu {
namespace {

// mov bx, ax; xor ax, ax; int 80h
constexpr std::array<std::uint8_t, 6> kExit{0x89, 0xc3, 0x31, 0xc0, 0xcd, 0x80};
constexpr RegisterIndex kAx = 0, kBx = 1, kCx = 2, kDx = 3;  // of arch::k8086

}  // namespace

const Isa k8086{"8086", arch::k8086, kAx, kAx, {kBx, kCx, kDx}, "int 0x80", kExit, kMap64KiB};

Result<std::unique_ptr<Engine>> make_8086(GuestMemory& memory, const EngineOptions& options) {
  return i8086::I8086Engine::make(memory, options);
}

namespace i8086 {
namespace {

constexpr unsigned kSystemCall = 0x80;
/// Any number of prefixes is allowed; more than this is code that leads nowhere.
constexpr unsigned kMostPrefixes = 14;
constexpr std::uint8_t kRepeatUnequal = 0xf2, kRepeat = 0xf3;

}  // namespace

void I8086Engine::undefined() {
  fault(FaultKind::kIllegalInstruction, "undefined instruction");
}

bool I8086Engine::prefix(std::uint8_t opcode) {
  if ((opcode & 0xe7) == 0x26) {
    override_ = static_cast<Segment>(opcode >> 3 & 3);
    return true;
  }
  if (opcode == kRepeat || opcode == kRepeatUnequal) {
    repeat_ = opcode;
    return true;
  }
  return opcode == 0xf0;  // lock
}

void I8086Engine::execute() {
  override_.reset();
  repeat_ = 0;
  for (unsigned i = 0; !ended(); ++i) {
    const std::uint8_t opcode = fetch_byte();
    if (ended()) return;
    if (!prefix(opcode)) return dispatch(opcode);
    if (i == kMostPrefixes) return undefined();
  }
}

void I8086Engine::dispatch(std::uint8_t opcode) {
  switch (opcode >> 4) {
    case 0x0:
    case 0x1:
    case 0x2:
    case 0x3:
      return (opcode & 7) < 6 ? arithmetic(opcode) : segments_and_adjusts(opcode);
    case 0x4: {  // inc, dec
      const unsigned number = opcode & 7;
      return set_reg(number, 2, increment(reg(number, 2), 2, opcode < 0x48));
    }
    case 0x5:
      if (opcode >= 0x58) {
        const std::uint16_t value = pop();
        return set_reg(opcode & 7, 2, value);
      }
      // push sp stores what sp is afterwards.
      return push(opcode == 0x54 ? static_cast<std::uint16_t>(state_.r[kSp] - 2)
                                 : state_.r[opcode & 7]);
    case 0x7: {
      const std::uint16_t displacement = extend(fetch_byte());
      if (condition(opcode & 15u)) state_.ip = static_cast<std::uint16_t>(state_.ip + displacement);
      return;
    }
    case 0x8:
      return opcode < 0x84 ? immediate_group(opcode) : moves(opcode);
    case 0x9:
    case 0xa:
      return accumulator(opcode);
    case 0xb: {
      const unsigned size = opcode < 0xb8 ? 1 : 2;
      return set_reg(opcode & 7, size, fetch(size));
    }
    case 0xc:
      return returns_and_traps(opcode);
    case 0xd:
      return shift_group(opcode);
    case 0xe:
      return opcode < 0xe8 ? loop(opcode) : control(opcode);
    case 0xf:
      return flag_instruction(opcode);
    default:
      return undefined();
  }
}

/// 00 to 3d, two of three forms with a ModRM byte.
void I8086Engine::arithmetic(std::uint8_t opcode) {
  const unsigned operation = opcode >> 3 & 7, size = (opcode & 1) != 0 ? 2 : 1, form = opcode & 7;
  if (form >= 4) {
    const auto result = calculate(operation, reg(kAx, size), fetch(size), size);
    if (result) set_reg(kAx, size, *result);
    return;
  }
  const Operand other = modrm();
  const Operand own{.reg = modrm_reg_};
  const Operand& to = form < 2 ? other : own;
  const Operand& from = form < 2 ? own : other;
  const std::uint32_t a = load(to, size), b = load(from, size);
  if (const auto result = calculate(operation, a, b, size)) store(to, size, *result);
}

void I8086Engine::segments_and_adjusts(std::uint8_t opcode) {
  switch (opcode) {
    case 0x27:
    case 0x2f:
      return adjust_decimal(opcode == 0x27);
    case 0x37:
    case 0x3f:
      return adjust_ascii(opcode == 0x37);
    default:
      break;
  }
  const unsigned segment = opcode >> 3 & 3;
  if (opcode == 0x0f) return undefined();  // pop cs
  if ((opcode & 1) == 0) return push(state_.segment[segment]);
  state_.segment[segment] = pop();
}

/// 80 to 83: the byte of 83 is a word with its sign.
void I8086Engine::immediate_group(std::uint8_t opcode) {
  const unsigned size = (opcode & 1) != 0 ? 2 : 1;
  const Operand to = modrm();
  const std::uint32_t value = opcode == 0x83 ? extend(fetch_byte()) : fetch(size);
  const auto result = calculate(modrm_reg_, load(to, size), value, size);
  if (result) store(to, size, *result);
}

/// 84 to 8f: test, xchg, mov, lea, pop.
void I8086Engine::moves(std::uint8_t opcode) {
  const unsigned size = (opcode & 1) != 0 ? 2 : 1;
  const Operand other = modrm();
  switch (opcode) {
    case 0x84:
    case 0x85:
      logical(load(other, size) & reg(modrm_reg_, size), size);
      return;
    case 0x86:
    case 0x87: {
      const std::uint32_t value = load(other, size);
      store(other, size, reg(modrm_reg_, size));
      return set_reg(modrm_reg_, size, value);
    }
    case 0x88:
    case 0x89:
      return store(other, size, reg(modrm_reg_, size));
    case 0x8a:
    case 0x8b:
      return set_reg(modrm_reg_, size, load(other, size));
    case 0x8c:
      return modrm_reg_ > 3 ? undefined() : store(other, 2, state_.segment[modrm_reg_]);
    case 0x8d:
      return other.memory ? set_reg(modrm_reg_, 2, other.offset) : undefined();
    case 0x8e:
      if (modrm_reg_ > 3 || modrm_reg_ == kCs) return undefined();
      state_.segment[modrm_reg_] = static_cast<std::uint16_t>(load(other, 2));
      return;
    default: {
      if (modrm_reg_ != 0) return undefined();
      const std::uint16_t value = pop();
      return store(other, 2, value);
    }
  }
}

/// 90 to af: what works with the accumulator and the flags, and strings.
void I8086Engine::accumulator(std::uint8_t opcode) {
  const unsigned size = (opcode & 1) != 0 ? 2 : 1;
  if (opcode < 0x98) return std::swap(state_.r[kAx], state_.r[opcode & 7]);
  if (opcode >= 0xa0 && opcode < 0xa4) {
    const Operand place{.memory = true, .offset = fetch_word(), .segment = data_segment(kDs)};
    return opcode < 0xa2 ? set_reg(kAx, size, load(place, size))
                         : store(place, size, reg(kAx, size));
  }
  if (opcode == 0xa8 || opcode == 0xa9) {
    logical(reg(kAx, size) & fetch(size), size);
    return;
  }
  if (opcode >= 0xa4) return string(opcode);
  switch (opcode) {
    case 0x98:
      return set_reg(kAx, 2, extend(static_cast<std::uint8_t>(state_.r[kAx])));
    case 0x99:
      return set_reg(kDx, 2, (state_.r[kAx] & 0x8000) != 0 ? 0xffff : 0);
    case 0x9a: {
      const std::uint16_t offset = fetch_word(), segment = fetch_word();
      return call_far(segment, offset);
    }
    case 0x9b:  // wait: there is no coprocessor to wait for
      return;
    case 0x9c:
      return push(static_cast<std::uint16_t>(state_.flags | kFixedFlags));
    case 0x9d:
      state_.flags = pop() & kWritableFlags;
      return;
    case 0x9e:
      state_.flags =
          static_cast<std::uint16_t>((state_.flags & 0xff00) | (reg(kAh, 1) & kWritableFlags));
      return;
    default:
      return set_reg(kAh, 1, (state_.flags & 0xffu) | (kFixedFlags & 0xffu));
  }
}

// ---- strings

void I8086Engine::string(std::uint8_t opcode) {
  if (repeat_ == 0) {
    string_round(opcode);
    return;
  }
  while (state_.r[kCx] != 0 && !ended()) {
    state_.r[kCx] = static_cast<std::uint16_t>(state_.r[kCx] - 1);
    const bool compares = string_round(opcode);
    if (compares && flag(kZero) != (repeat_ == kRepeat)) return;
  }
}

/// Whether it compared.
bool I8086Engine::string_round(std::uint8_t opcode) {
  const unsigned size = (opcode & 1) != 0 ? 2 : 1;
  const auto by = static_cast<std::uint16_t>(flag(kDirection) ? 0 - size : size);
  std::uint16_t& si = state_.r[kSi];
  std::uint16_t& di = state_.r[kDi];
  const unsigned kind = opcode >> 1 & 7;
  constexpr unsigned kMove = 2, kCompare = 3, kStore = 5, kLoad = 6;
  const bool from_si = kind == kMove || kind == kCompare || kind == kLoad;
  std::uint32_t value = reg(kAx, size);
  if (from_si) {
    value = read(data_segment(kDs), si, size);
    si = static_cast<std::uint16_t>(si + by);
  }
  if (kind == kLoad) {
    set_reg(kAx, size, value);
    return false;
  }
  const std::uint16_t to = std::exchange(di, static_cast<std::uint16_t>(di + by));
  if (kind == kMove || kind == kStore) {
    write(kEs, to, size, value);
    return false;
  }
  subtract(value, read(kEs, to, size), size, false);
  return true;
}

// ---- c0 to df: returns, pointers, traps, shifts

void I8086Engine::load_pointer(Segment segment) {
  const Operand from = modrm();
  if (!from.memory) return undefined();
  const std::uint32_t offset = read(from.segment, from.offset, 2);
  state_.segment[segment] = static_cast<std::uint16_t>(
      read(from.segment, static_cast<std::uint16_t>(from.offset + 2), 2));
  set_reg(modrm_reg_, 2, offset);
}

void I8086Engine::returns_and_traps(std::uint8_t opcode) {
  switch (opcode) {
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb: {
      const std::uint16_t dropped = (opcode & 1) == 0 ? fetch_word() : std::uint16_t{0};
      state_.ip = pop();
      if (opcode >= 0xca) state_.segment[kCs] = pop();
      state_.r[kSp] = static_cast<std::uint16_t>(state_.r[kSp] + dropped);
      return;
    }
    case 0xc4:
    case 0xc5:
      return load_pointer(opcode == 0xc4 ? kEs : kDs);
    case 0xc6:
    case 0xc7: {
      const unsigned size = (opcode & 1) != 0 ? 2 : 1;
      const Operand to = modrm();
      const std::uint32_t value = fetch(size);
      return modrm_reg_ != 0 ? undefined() : store(to, size, value);
    }
    case 0xcc:
      return fault(FaultKind::kBreakpoint, "int3");
    case 0xcd:
      return interrupt(fetch_byte());
    case 0xce:
      if (flag(kOverflow)) fault(FaultKind::kArithmetic, "overflow (into)");
      return;
    case 0xcf:
      state_.ip = pop();
      state_.segment[kCs] = pop();
      state_.flags = pop() & kWritableFlags;
      return;
    default:
      return undefined();
  }
}

void I8086Engine::interrupt(unsigned number) {
  if (ended()) return;
  if (number == 3) return fault(FaultKind::kBreakpoint, "int 3");
  if (number != kSystemCall) return fault(FaultKind::kBadTrap, fmt::format("int {:#x}", number));
  trap(state_.r[kAx], {state_.r[kBx], state_.r[kCx], state_.r[kDx]});
}

void I8086Engine::shift_group(std::uint8_t opcode) {
  const unsigned size = (opcode & 1) != 0 ? 2 : 1;
  if (opcode >= 0xd8) return fault(FaultKind::kIllegalInstruction, "there is no coprocessor");
  if (opcode == 0xd4) return adjust_multiply(fetch_byte());
  if (opcode == 0xd5) return adjust_divide(fetch_byte());
  if (opcode == 0xd6) return undefined();
  if (opcode == 0xd7) {  // xlat
    const auto offset = static_cast<std::uint16_t>(state_.r[kBx] + reg(kAx, 1));
    return set_reg(kAx, 1, read(data_segment(kDs), offset, 1));
  }
  const Operand to = modrm();
  if (modrm_reg_ == 6) return undefined();
  const unsigned count = opcode >= 0xd2 ? state_.r[kCx] & 0xff : 1;
  store(to, size, shift(modrm_reg_, load(to, size), size, count));
}

// ---- e0 to ff: loops, calls, jumps, flags, groups

void I8086Engine::loop(std::uint8_t opcode) {
  if (opcode >= 0xe4)
    return fault(FaultKind::kIllegalInstruction, "in and out: there are no ports");
  const std::uint16_t displacement = extend(fetch_byte());
  std::uint16_t& count = state_.r[kCx];
  if (opcode != 0xe3) count = static_cast<std::uint16_t>(count - 1);
  bool taken = opcode == 0xe3 ? count == 0 : count != 0;
  if (opcode < 0xe2) taken = taken && flag(kZero) == (opcode == 0xe1);
  if (taken) state_.ip = static_cast<std::uint16_t>(state_.ip + displacement);
}

void I8086Engine::control(std::uint8_t opcode) {
  switch (opcode) {
    case 0xe8: {
      const std::uint16_t displacement = fetch_word();
      push(state_.ip);
      state_.ip = static_cast<std::uint16_t>(state_.ip + displacement);
      return;
    }
    case 0xe9: {
      const std::uint16_t displacement = fetch_word();
      state_.ip = static_cast<std::uint16_t>(state_.ip + displacement);
      return;
    }
    case 0xea: {
      const std::uint16_t offset = fetch_word();
      state_.segment[kCs] = fetch_word();
      state_.ip = offset;
      return;
    }
    case 0xeb: {
      const std::uint16_t displacement = extend(fetch_byte());
      state_.ip = static_cast<std::uint16_t>(state_.ip + displacement);
      return;
    }
    default:
      return fault(FaultKind::kIllegalInstruction, "in and out: there are no ports");
  }
}

void I8086Engine::call_far(std::uint16_t segment, std::uint16_t offset) {
  push(state_.segment[kCs]);
  push(state_.ip);
  state_.segment[kCs] = segment;
  state_.ip = offset;
}

void I8086Engine::flag_instruction(std::uint8_t opcode) {
  switch (opcode) {
    case 0xf4:
      return fault(FaultKind::kIllegalInstruction, "HLT, and no interrupt will come");
    case 0xf5:
      return set(kCarry, !flag(kCarry));
    case 0xf6:
    case 0xf7:
      return unary_group(opcode == 0xf6 ? 1 : 2);
    case 0xf8:
    case 0xf9:
      return set(kCarry, opcode == 0xf9);
    case 0xfa:
    case 0xfb:
      return set(kInterrupt, opcode == 0xfb);
    case 0xfc:
    case 0xfd:
      return set(kDirection, opcode == 0xfd);
    case 0xfe:
    case 0xff:
      return last_group(opcode == 0xfe ? 1 : 2);
    default:
      return undefined();
  }
}

/// f6 and f7: test, not, neg, mul, imul, div, idiv.
void I8086Engine::unary_group(unsigned size) {
  const Operand to = modrm();
  const unsigned operation = modrm_reg_;
  const std::uint32_t value = load(to, size);
  switch (operation) {
    case 0:
      logical(value & fetch(size), size);
      return;
    case 1:
      return undefined();
    case 2:
      return store(to, size, ~value & mask_of(size));
    case 3:
      return store(to, size, subtract(0, value, size, false));
    case 4:
    case 5:
      return multiply(value, size, operation == 5);
    default:
      return divide(value, size, operation == 7);
  }
}

/// fe and ff: inc, dec, call, jmp, push.
void I8086Engine::last_group(unsigned size) {
  const Operand to = modrm();
  const unsigned operation = modrm_reg_;
  if (operation < 2) return store(to, size, increment(load(to, size), size, operation == 0));
  const bool far = operation == 3 || operation == 5;
  if (size == 1 || operation == 7 || (far && !to.memory)) return undefined();
  const auto target = static_cast<std::uint16_t>(load(to, 2));
  const auto upper = static_cast<std::uint16_t>(to.offset + 2);
  switch (operation) {
    case 2:
      push(state_.ip);
      state_.ip = target;
      return;
    case 3:
      return call_far(static_cast<std::uint16_t>(read(to.segment, upper, 2)), target);
    case 4:
      state_.ip = target;
      return;
    case 5:
      state_.segment[kCs] = static_cast<std::uint16_t>(read(to.segment, upper, 2));
      state_.ip = target;
      return;
    default:
      // Of sp, as of push sp, what it is afterwards.
      return push(!to.memory && to.reg == kSp ? static_cast<std::uint16_t>(state_.r[kSp] - 2)
                                              : target);
  }
}

}  // namespace i8086
}  // namespace cmos::emu

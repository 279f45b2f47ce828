// "MCS6500 Microcomputer Family Programming Manual", appendix B. Opcodes are aaabbbcc: cc the
// group, aaa the operation, bbb the addressing mode. Decimal mode sets N, V and Z as NMOS parts do
// (Bruce Clark, "Decimal Mode").
#include "emu/mos6502/engine.h"

#include <fmt/format.h>

#include <array>

#include "emu/interpreter/interpreter.h"

namespace cmos::emu {
namespace {

// sta $fe; stx $ff; lda #$fe; ldx #0; ldy #0; brk $80
constexpr std::array<std::uint8_t, 12> kExit{0x85, 0xfe, 0x86, 0xff, 0xa9, 0xfe,
                                             0xa2, 0x00, 0xa0, 0x00, 0x00, 0x80};
constexpr std::uint8_t kCallSignature = 0x80;

/// The stack is page 1, and the image begins behind it.
constexpr MemoryMap kMap{.stack_top = 0x200,
                         .exit_stub = 0xf000,
                         .stack_guard = 0,
                         .stack_size = 0x100,
                         .stack_headroom = 0,
                         .heap_alignment = 0x1000,
                         .heap_gap = 0};

enum Flag : std::uint8_t {
  kCarry = 1,
  kZero = 2,
  kInterrupt = 4,
  kDecimal = 8,
  kOverflow = 0x40,
  kNegative = 0x80,
};
constexpr std::uint8_t kFlags = 0xcf;
/// What php and brk put where there are no flags.
constexpr std::uint8_t kPushedFlags = 0x30;
enum : RegisterIndex { kA, kX, kY, kSp, kP, kPc };  // of arch::k6502

struct State {
  std::uint8_t a = 0, x = 0, y = 0, sp = 0, p = 0;
  std::uint16_t pc = 0;
};

class Mos6502Engine final : public Interpreter<Mos6502Engine, State> {
 public:
  Mos6502Engine(GuestMemory& memory, const EngineOptions& options)
      : Interpreter(k6502, memory, options) {}

  std::uint64_t read_register(RegisterIndex index) const override {
    const std::array<std::uint64_t, 6> values{state_.a,  state_.x, state_.y,
                                              state_.sp, state_.p, state_.pc};
    return index < values.size() ? values[index] : 0;
  }
  void write_register(RegisterIndex index, std::uint64_t value) override {
    const auto byte = static_cast<std::uint8_t>(value);
    if (index == kPc)
      state_.pc = static_cast<std::uint16_t>(value);
    else if (index == kP)
      state_.p = byte & kFlags;
    else if (index <= kSp)
      (index == kA ? state_.a : index == kX ? state_.x : index == kY ? state_.y : state_.sp) = byte;
  }
  void set_result(std::uint64_t value) override {
    state_.a = static_cast<std::uint8_t>(value);
    state_.x = static_cast<std::uint8_t>(value >> 8);
  }
  void set_first_argument(std::uint64_t value) override { set_result(value); }
  void jump(std::uint64_t address) override { write_register(kPc, address); }
  std::string flags() const override {
    return flags_text(state_.p, {{kNegative, "N"},
                                 {kOverflow, "V"},
                                 {kDecimal, "D"},
                                 {kInterrupt, "I"},
                                 {kZero, "Z"},
                                 {kCarry, "C"}});
  }

  static std::uint64_t pc_of(const State& state) { return state.pc; }

  void execute() {
    const std::uint8_t opcode = fetch();
    if (ended()) return;
    switch (opcode & 3) {
      case 0:
        return group_0(opcode);
      case 1:
        return group_1(opcode);
      case 2:
        return group_2(opcode);
      default:
        return illegal();
    }
  }

 private:
  // ---- memory and addresses

  std::uint8_t fetch() { return read_byte(state_.pc++, kExecute); }
  std::uint16_t fetch_word() {
    const std::uint8_t low = fetch();
    return static_cast<std::uint16_t>(low | fetch() << 8);
  }
  /// Both bytes of a pointer come from one page.
  std::uint16_t pointer(std::uint16_t address) {
    const auto next = static_cast<std::uint16_t>((address & 0xff00) | ((address + 1) & 0xff));
    const std::uint8_t low = read_byte(address);
    return static_cast<std::uint16_t>(low | read_byte(next) << 8);
  }
  std::uint16_t zero_page(std::uint8_t index) { return static_cast<std::uint8_t>(fetch() + index); }
  std::uint16_t absolute(std::uint8_t index) {
    return static_cast<std::uint16_t>(fetch_word() + index);
  }
  void push(std::uint8_t value) { write_byte(0x100u + state_.sp--, value); }
  std::uint8_t pop() { return read_byte(0x100u + ++state_.sp); }
  void push_word(std::uint16_t value) {
    push(static_cast<std::uint8_t>(value >> 8));
    push(static_cast<std::uint8_t>(value));
  }
  std::uint16_t pop_word() {
    const std::uint8_t low = pop();
    return static_cast<std::uint16_t>(low | pop() << 8);
  }
  /// Modes 1, 3, 5 and 7 of groups 0 and 2.
  std::uint16_t address(unsigned mode, std::uint8_t index) {
    switch (mode) {
      case 1:
        return zero_page(0);
      case 3:
        return absolute(0);
      case 5:
        return zero_page(index);
      default:
        return absolute(index);
    }
  }

  // ---- flags and arithmetic

  bool flag(Flag which) const { return (state_.p & which) != 0; }
  void set(Flag which, bool on) {
    state_.p = static_cast<std::uint8_t>(on ? state_.p | which : state_.p & ~which);
  }
  std::uint8_t result(unsigned value) {
    const auto byte = static_cast<std::uint8_t>(value);
    set(kZero, byte == 0);
    set(kNegative, (byte & 0x80) != 0);
    return byte;
  }
  void compare(std::uint8_t reg, std::uint8_t value) {
    set(kCarry, reg >= value);
    result(static_cast<unsigned>(reg - value));
  }
  void add(std::uint8_t value) {
    const unsigned a = state_.a, sum = a + value + (flag(kCarry) ? 1 : 0);
    if (flag(kDecimal)) return add_decimal(value);
    set(kCarry, sum > 0xff);
    set(kOverflow, ((a ^ sum) & (value ^ sum) & 0x80) != 0);
    state_.a = result(sum);
  }
  /// Z is that of the binary sum, N and V are those from before the upper digit is adjusted.
  void add_decimal(std::uint8_t value) {
    const unsigned a = state_.a, carry = flag(kCarry) ? 1 : 0;
    result(a + value + carry);
    unsigned sum = (a & 15) + (value & 15u) + carry;
    if (sum > 9) sum = ((sum + 6) & 15) + 16;
    sum += (a & 0xf0) + (value & 0xf0u);
    set(kNegative, (sum & 0x80) != 0);
    set(kOverflow, ((a ^ sum) & (value ^ sum) & 0x80) != 0);
    if (sum > 0x9f) sum += 0x60;
    set(kCarry, sum > 0xff);
    state_.a = static_cast<std::uint8_t>(sum);
  }
  /// All flags are those of the binary difference.
  void subtract(std::uint8_t value) {
    const int a = state_.a, borrow = flag(kCarry) ? 0 : 1;
    const bool decimal = flag(kDecimal);
    const unsigned difference = static_cast<unsigned>(a - value - borrow);
    set(kCarry, a - value - borrow >= 0);
    set(kOverflow,
        ((static_cast<unsigned>(a) ^ value) & (static_cast<unsigned>(a) ^ difference) & 0x80) != 0);
    state_.a = result(difference);
    if (!decimal) return;
    int digits = (a & 15) - (value & 15) - borrow;
    if (digits < 0) digits = ((digits - 6) & 15) - 16;
    digits += (a & 0xf0) - (value & 0xf0);
    if (digits < 0) digits -= 0x60;
    state_.a = static_cast<std::uint8_t>(digits);
  }

  void illegal() { fault(FaultKind::kIllegalInstruction, "undefined instruction"); }

  // ---- group 1: ora, and, eor, adc, sta, lda, cmp, sbc

  std::uint16_t address_1(unsigned mode) {
    switch (mode) {
      case 0:
        return pointer(zero_page(state_.x));
      case 1:
        return zero_page(0);
      case 2:
        return state_.pc++;  // of the constant
      case 3:
        return absolute(0);
      case 4:
        return static_cast<std::uint16_t>(pointer(zero_page(0)) + state_.y);
      case 5:
        return zero_page(state_.x);
      default:
        return absolute(mode == 6 ? state_.y : state_.x);
    }
  }

  void group_1(std::uint8_t opcode) {
    const unsigned operation = opcode >> 5, mode = opcode >> 2 & 7;
    if (opcode == 0x89) return illegal();  // sta of a constant
    const std::uint16_t at = address_1(mode);
    if (operation == 4) return write_byte(at, state_.a);
    const std::uint8_t value = read_byte(at, mode == 2 ? kExecute : kRead);
    switch (operation) {
      case 0:
        state_.a = result(state_.a | value);
        return;
      case 1:
        state_.a = result(state_.a & value);
        return;
      case 2:
        state_.a = result(state_.a ^ value);
        return;
      case 3:
        return add(value);
      case 5:
        state_.a = result(value);
        return;
      case 6:
        return compare(state_.a, value);
      default:
        return subtract(value);
    }
  }

  // ---- group 2: asl, rol, lsr, ror, stx, ldx, dec, inc, and moves of x

  std::uint8_t shift(unsigned operation, std::uint8_t value) {
    const bool left = operation < 2, in = (operation & 1) != 0 && flag(kCarry);
    set(kCarry, (value & (left ? 0x80 : 1)) != 0);
    return result(left ? value << 1 | (in ? 1u : 0u) : value >> 1 | (in ? 0x80u : 0u));
  }

  void group_2(std::uint8_t opcode) {
    const unsigned operation = opcode >> 5, mode = opcode >> 2 & 7;
    if (mode == 2) return group_2_implied(operation);
    if (opcode == 0xa2) {
      state_.x = result(fetch());
      return;
    }
    if (opcode == 0x9a) {  // txs
      state_.sp = state_.x;
      return;
    }
    if (opcode == 0xba) {  // tsx
      state_.x = result(state_.sp);
      return;
    }
    if ((mode & 1) == 0 || opcode == 0x9e) return illegal();
    const bool of_x = operation == 4 || operation == 5;
    const std::uint16_t at = address(mode, of_x ? state_.y : state_.x);
    if (operation == 4) return write_byte(at, state_.x);
    const std::uint8_t value = read_byte(at);
    if (operation == 5) {
      state_.x = result(value);
      return;
    }
    write_byte(at, operation < 4 ? shift(operation, value)
                                 : result(value + (operation == 6 ? 0xffu : 1u)));
  }

  void group_2_implied(unsigned operation) {
    switch (operation) {
      case 4:  // txa
        state_.a = result(state_.x);
        return;
      case 5:  // tax
        state_.x = result(state_.a);
        return;
      case 6:  // dex
        state_.x = result(state_.x - 1u);
        return;
      case 7:  // nop
        return;
      default:
        state_.a = shift(operation, state_.a);
    }
  }

  // ---- group 0: bit, sty, ldy, cpy, cpx, jumps, branches, and what has no operand

  void group_0(std::uint8_t opcode) {
    const unsigned operation = opcode >> 5, mode = opcode >> 2 & 7;
    if (mode == 4) return branch(operation);
    if (mode == 2 || mode == 6) return implied(opcode);
    if (opcode < 0x80) return control(opcode);
    switch (operation) {
      case 4:
        if (mode == 0 || mode == 7) return illegal();
        return write_byte(address(mode, state_.x), state_.y);
      case 5:
        state_.y = result(mode == 0 ? fetch() : read_byte(address(mode, state_.x)));
        return;
      default:
        if (mode > 3) return illegal();
        return compare(operation == 6 ? state_.y : state_.x,
                       mode == 0 ? fetch() : read_byte(address(mode, 0)));
    }
  }

  void branch(unsigned operation) {
    constexpr std::array<Flag, 4> kTested{kNegative, kOverflow, kCarry, kZero};
    const auto displacement = static_cast<std::int8_t>(fetch());
    if (flag(kTested[operation >> 1]) == ((operation & 1) != 0))
      state_.pc = static_cast<std::uint16_t>(state_.pc + displacement);
  }

  void control(std::uint8_t opcode) {
    switch (opcode) {
      case 0x00:
        return software_break();
      case 0x20: {  // jsr
        const std::uint16_t target = fetch_word();
        push_word(static_cast<std::uint16_t>(state_.pc - 1));
        state_.pc = target;
        return;
      }
      case 0x40:  // rti
        state_.p = pop() & kFlags;
        state_.pc = pop_word();
        return;
      case 0x60:  // rts
        state_.pc = static_cast<std::uint16_t>(pop_word() + 1);
        return;
      case 0x24:
      case 0x2c: {  // bit
        const std::uint8_t value = read_byte(address(opcode == 0x24 ? 1 : 3, 0));
        set(kZero, (value & state_.a) == 0);
        set(kNegative, (value & 0x80) != 0);
        return set(kOverflow, (value & 0x40) != 0);
      }
      case 0x4c:
        state_.pc = fetch_word();
        return;
      case 0x6c:
        state_.pc = pointer(fetch_word());
        return;
      default:
        return illegal();
    }
  }

  void software_break() {
    const std::uint8_t signature = fetch();
    if (ended()) return;
    if (signature != kCallSignature)
      return fault(FaultKind::kBreakpoint, fmt::format("brk ${:02x}", signature));
    std::array<std::uint64_t, 3> arguments{};
    std::uint32_t at = state_.x * 256u + state_.a;
    for (std::uint64_t& one : arguments) {
      one = read_byte(at & 0xffff) | read_byte((at + 1) & 0xffff) * 256u;
      at += 2;
    }
    trap(state_.y, arguments);
  }

  /// Columns 8 of group 0.
  void implied(std::uint8_t opcode) {
    switch (opcode) {
      case 0x08:
        return push(state_.p | kPushedFlags);
      case 0x28:
        state_.p = pop() & kFlags;
        return;
      case 0x48:
        return push(state_.a);
      case 0x68:
        state_.a = result(pop());
        return;
      case 0x88:
        state_.y = result(state_.y - 1u);
        return;
      case 0xa8:
        state_.y = result(state_.a);
        return;
      case 0xc8:
        state_.y = result(state_.y + 1u);
        return;
      case 0xe8:
        state_.x = result(state_.x + 1u);
        return;
      case 0x98:
        state_.a = result(state_.y);
        return;
      case 0xb8:
        return set(kOverflow, false);
      default: {
        constexpr std::array<Flag, 8> kFlagOf{kCarry,    kCarry,    kInterrupt, kInterrupt,
                                              kOverflow, kOverflow, kDecimal,   kDecimal};
        return set(kFlagOf[opcode >> 5], (opcode & 0x20) != 0);
      }
    }
  }
};

}  // namespace

const Isa k6502{
    "6502", arch::k6502,  kY,
    kA,     {kA, kX, kY}, "brk $80",
    kExit,  kMap,         {.number = "y", .arguments = "words at a/x", .result = "a/x"}};

Result<std::unique_ptr<Engine>> make_6502(GuestMemory& memory, const EngineOptions& options) {
  return Mos6502Engine::make(memory, options);
}

}  // namespace cmos::emu

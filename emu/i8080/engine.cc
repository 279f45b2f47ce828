// "Intel 8080 Microcomputer Systems User's Manual", chapter 4. The auxiliary carry of and, which
// the manual does not tell, is bit 3 of the operands or-ed.
#include "emu/i8080/engine.h"

#include <array>
#include <bit>

#include "emu/interpreter/interpreter.h"

namespace cmos::emu {
namespace {

// mvi a, 0; rst 6
constexpr std::array<std::uint8_t, 3> kExit{0x3e, 0x00, 0xf7};
/// Both bytes in front of k8080Escape's number.
constexpr std::uint8_t kEscape = 0xed;
constexpr std::array<std::uint8_t, 3> kEscapeExit{kEscape, kEscape, 0x00};

/// Registers as opcodes number them; 6 is the byte that hl points to.
enum : unsigned { kB, kC, kD, kE, kH, kL, kMemory, kA };
enum Flag : std::uint8_t { kCarry = 1, kParity = 4, kAuxiliary = 0x10, kZero = 0x40, kSign = 0x80 };
constexpr std::uint8_t kFlags = 0xd5;
/// What the CPU puts where it has no flags.
constexpr std::uint8_t kFixedFlags = 2;
constexpr RegisterIndex kAfIndex = 0, kHlIndex = 3, kSpIndex = 4, kPcIndex = 5;  // of arch::k8080

struct State {
  std::array<std::uint8_t, 8> r{};
  std::uint8_t f = 0;
  std::uint16_t sp = 0;
  std::uint16_t pc = 0;
};

class I8080Engine final : public Interpreter<I8080Engine, State> {
 public:
  I8080Engine(const Isa& isa, GuestMemory& memory, const EngineOptions& options)
      : Interpreter(isa, memory, options) {}

  std::uint64_t read_register(RegisterIndex index) const override {
    if (index == kAfIndex) return state_.r[kA] * 256u + state_.f;
    if (index <= kHlIndex) return pair(index - 1u);
    return index == kSpIndex ? state_.sp : index == kPcIndex ? state_.pc : 0u;
  }
  void write_register(RegisterIndex index, std::uint64_t value) override {
    const auto word = static_cast<std::uint16_t>(value);
    if (index == kAfIndex) {
      state_.r[kA] = static_cast<std::uint8_t>(word >> 8);
      state_.f = static_cast<std::uint8_t>(word & kFlags);
    } else if (index <= kHlIndex) {
      set_pair(index - 1u, word);
    } else if (index == kSpIndex) {
      state_.sp = word;
    } else if (index == kPcIndex) {
      state_.pc = word;
    }
  }
  void jump(std::uint64_t address) override { write_register(kPcIndex, address); }
  std::string flags() const override {
    return flags_text(
        state_.f, {{kSign, "S"}, {kZero, "Z"}, {kAuxiliary, "AC"}, {kParity, "P"}, {kCarry, "CY"}});
  }

  static std::uint64_t pc_of(const State& state) { return state.pc; }

  void execute() {
    const std::uint8_t opcode = fetch();
    if (ended()) return;
    switch (opcode >> 6) {
      case 0:
        return low(opcode);
      case 1:
        if (opcode == 0x76)
          return fault(FaultKind::kIllegalInstruction, "HLT, and no interrupt will come");
        return set(opcode >> 3 & 7u, get(opcode & 7u));
      case 2:
        return calculate(opcode >> 3 & 7u, get(opcode & 7u));
      default:
        return high(opcode);
    }
  }

 private:
  // ---- memory and registers

  std::uint8_t fetch() { return read_byte(state_.pc++, kExecute); }
  std::uint16_t fetch_word() {
    const std::uint8_t low = fetch();
    return static_cast<std::uint16_t>(low | fetch() << 8);
  }
  std::uint16_t read_word(std::uint16_t address) {
    const std::uint8_t low = read_byte(address);
    return static_cast<std::uint16_t>(low | read_byte(static_cast<std::uint16_t>(address + 1))
                                                << 8);
  }
  void write_word(std::uint16_t address, std::uint16_t value) {
    write_byte(address, static_cast<std::uint8_t>(value));
    write_byte(static_cast<std::uint16_t>(address + 1), static_cast<std::uint8_t>(value >> 8));
  }
  void push(std::uint16_t value) {
    state_.sp = static_cast<std::uint16_t>(state_.sp - 2);
    write_word(state_.sp, value);
  }
  std::uint16_t pop() {
    const std::uint16_t value = read_word(state_.sp);
    state_.sp = static_cast<std::uint16_t>(state_.sp + 2);
    return value;
  }

  std::uint16_t pair(unsigned number) const {
    return static_cast<std::uint16_t>(state_.r[2 * number] << 8 | state_.r[2 * number + 1]);
  }
  void set_pair(unsigned number, std::uint16_t value) {
    state_.r[2 * number] = static_cast<std::uint8_t>(value >> 8);
    state_.r[2 * number + 1] = static_cast<std::uint8_t>(value);
  }
  /// bc, de, hl, sp.
  std::uint16_t wide(unsigned number) const { return number == 3 ? state_.sp : pair(number); }
  void set_wide(unsigned number, std::uint16_t value) {
    if (number == 3)
      state_.sp = value;
    else
      set_pair(number, value);
  }
  std::uint8_t get(unsigned number) {
    return number == kMemory ? read_byte(pair(2)) : state_.r[number];
  }
  void set(unsigned number, std::uint8_t value) {
    if (number == kMemory)
      write_byte(pair(2), value);
    else
      state_.r[number] = value;
  }

  // ---- flags and arithmetic

  bool flag(Flag which) const { return (state_.f & which) != 0; }
  void set_flag(Flag which, bool on) {
    state_.f = static_cast<std::uint8_t>(on ? state_.f | which : state_.f & ~which);
  }
  void set_result_flags(std::uint8_t value) {
    set_flag(kSign, (value & 0x80) != 0);
    set_flag(kZero, value == 0);
    set_flag(kParity, std::popcount(value) % 2 == 0);
  }
  std::uint8_t add(unsigned a, unsigned b, unsigned carry) {
    const unsigned sum = a + b + carry;
    set_flag(kCarry, sum > 0xff);
    set_flag(kAuxiliary, (a & 15) + (b & 15) + carry > 15);
    set_result_flags(static_cast<std::uint8_t>(sum));
    return static_cast<std::uint8_t>(sum);
  }
  /// The auxiliary carry is that of adding the complement.
  std::uint8_t subtract(unsigned a, unsigned b, unsigned borrow) {
    const std::uint8_t result = add(a, ~b & 0xff, 1 - borrow);
    set_flag(kCarry, !flag(kCarry));
    return result;
  }
  std::uint8_t logical(unsigned value, bool auxiliary) {
    set_flag(kCarry, false);
    set_flag(kAuxiliary, auxiliary);
    set_result_flags(static_cast<std::uint8_t>(value));
    return static_cast<std::uint8_t>(value);
  }
  /// add, adc, sub, sbb, ana, xra, ora, cmp.
  void calculate(unsigned operation, std::uint8_t value) {
    std::uint8_t& a = state_.r[kA];
    const unsigned carry = flag(kCarry) ? 1 : 0;
    switch (operation) {
      case 0:
      case 1:
        a = add(a, value, operation == 1 ? carry : 0);
        return;
      case 2:
      case 3:
        a = subtract(a, value, operation == 3 ? carry : 0);
        return;
      case 4:
        a = logical(a & value, ((a | value) & 8) != 0);
        return;
      case 5:
        a = logical(a ^ value, false);
        return;
      case 6:
        a = logical(a | value, false);
        return;
      default:
        subtract(a, value, 0);
    }
  }
  void adjust_decimal() {
    const unsigned a = state_.r[kA];
    bool carry = flag(kCarry);
    unsigned correction = 0;
    if ((a & 15) > 9 || flag(kAuxiliary)) correction = 6;
    if (a > 0x99 || carry) {
      correction += 0x60;
      carry = true;
    }
    state_.r[kA] = add(a, correction, 0);
    set_flag(kCarry, carry);
  }
  /// rlc, rrc, ral, rar: only the carry changes.
  void rotate(unsigned operation) {
    std::uint8_t& a = state_.r[kA];
    const bool left = (operation & 1) == 0, carry = flag(kCarry);
    const bool out = (a & (left ? 0x80 : 1)) != 0;
    const bool in = operation < 2 ? out : carry;
    a = static_cast<std::uint8_t>(left ? a << 1 | (in ? 1 : 0) : a >> 1 | (in ? 0x80 : 0));
    set_flag(kCarry, out);
  }

  // ---- instructions

  /// 00 to 3f.
  void low(std::uint8_t opcode) {
    const unsigned number = opcode >> 4;
    switch (opcode & 15) {
      case 0x1:
        return set_wide(number, fetch_word());
      case 0x2:
      case 0xa:
        return move_accumulator(opcode);
      case 0x3:
        return set_wide(number, static_cast<std::uint16_t>(wide(number) + 1));
      case 0xb:
        return set_wide(number, static_cast<std::uint16_t>(wide(number) - 1));
      case 0x9: {
        const unsigned sum = pair(2) + wide(number);
        set_flag(kCarry, sum > 0xffff);
        return set_pair(2, static_cast<std::uint16_t>(sum));
      }
      case 0x0:
      case 0x8:
        return;  // nop
      default:
        break;
    }
    const unsigned reg = opcode >> 3;
    const bool carry = flag(kCarry);
    switch (opcode & 7) {
      case 4:
        set(reg, add(get(reg), 1, 0));
        return set_flag(kCarry, carry);
      case 5:
        set(reg, subtract(get(reg), 1, 0));
        return set_flag(kCarry, carry);
      case 6:
        return set(reg, fetch());
      default:
        return with_accumulator(reg);
    }
  }

  void with_accumulator(unsigned operation) {
    switch (operation) {
      case 4:
        return adjust_decimal();
      case 5:
        state_.r[kA] = static_cast<std::uint8_t>(~state_.r[kA]);
        return;
      case 6:
        return set_flag(kCarry, true);
      case 7:
        return set_flag(kCarry, !flag(kCarry));
      default:
        return rotate(operation);
    }
  }

  /// stax, ldax, shld, lhld, sta, lda.
  void move_accumulator(std::uint8_t opcode) {
    switch (opcode) {
      case 0x22:
        return write_word(fetch_word(), pair(2));
      case 0x2a:
        return set_pair(2, read_word(fetch_word()));
      case 0x32:
        return write_byte(fetch_word(), state_.r[kA]);
      case 0x3a:
        state_.r[kA] = read_byte(fetch_word());
        return;
      default:
        break;
    }
    if ((opcode & 8) == 0) return write_byte(pair(opcode >> 4), state_.r[kA]);
    state_.r[kA] = read_byte(pair(opcode >> 4));
  }

  bool condition(unsigned code) const {
    constexpr std::array<Flag, 4> kTested{kZero, kCarry, kParity, kSign};
    return flag(kTested[code >> 1]) == ((code & 1) != 0);
  }
  void call(std::uint16_t target) {
    push(state_.pc);
    state_.pc = target;
  }

  /// dd, ed and fd do what cd does.
  void call_or_escape(std::uint8_t opcode, std::uint16_t target) {
    if (opcode == kEscape && (target & 0xff) == kEscape && &isa() == &k8080Escape)
      return trap(target >> 8, {pair(0), pair(1), pair(2)});
    call(target);
  }

  /// c0 to ff.
  void high(std::uint8_t opcode) {
    const unsigned code = opcode >> 3 & 7;
    switch (opcode & 7) {
      case 0:
        if (condition(code)) state_.pc = pop();
        return;
      case 1:
        return pop_or_control(opcode);
      case 2: {
        const std::uint16_t target = fetch_word();
        if (condition(code)) state_.pc = target;
        return;
      }
      case 3:
        return jumps_and_ports(opcode);
      case 4: {
        const std::uint16_t target = fetch_word();
        if (condition(code)) call(target);
        return;
      }
      case 5:
        if ((opcode & 8) != 0) return call_or_escape(opcode, fetch_word());
        return push(code == 6
                        ? static_cast<std::uint16_t>(state_.r[kA] << 8 | state_.f | kFixedFlags)
                        : pair(code >> 1));
      case 6:
        return calculate(code, fetch());
      default:
        if (code == 6 && &isa() == &k8080) return trap(state_.r[kA], {pair(2), pair(1), pair(0)});
        return call(static_cast<std::uint16_t>(code * 8));
    }
  }

  void pop_or_control(std::uint8_t opcode) {
    switch (opcode) {
      case 0xc9:
      case 0xd9:
        state_.pc = pop();
        return;
      case 0xe9:
        state_.pc = pair(2);
        return;
      case 0xf9:
        state_.sp = pair(2);
        return;
      case 0xf1:
        return write_register(kAfIndex, pop());
      default:
        return set_pair(opcode >> 4 & 3u, pop());
    }
  }

  void jumps_and_ports(std::uint8_t opcode) {
    switch (opcode) {
      case 0xc3:
      case 0xcb:
        state_.pc = fetch_word();
        return;
      case 0xd3:
        fetch();
        return;
      case 0xdb:
        fetch();
        state_.r[kA] = 0xff;
        return;
      case 0xe3: {
        const std::uint16_t value = read_word(state_.sp);
        write_word(state_.sp, pair(2));
        return set_pair(2, value);
      }
      case 0xeb:
        std::swap(state_.r[kD], state_.r[kH]);
        return std::swap(state_.r[kE], state_.r[kL]);
      default:  // di, ei: no interrupt comes
        return;
    }
  }
};

}  // namespace

const Isa k8080{"8080",  arch::k8080, kAfIndex,  kHlIndex,       {kHlIndex, 2, 1},
                "rst 6", kExit,       kMap64KiB, {.number = "a"}};

const Isa k8080Escape{"8080",    arch::k8080, kAfIndex,  kHlIndex,       {1, 2, kHlIndex},
                      "ed ed n", kEscapeExit, kMap64KiB, {.number = "n"}};

Result<std::unique_ptr<Engine>> make_8080(const Isa& isa, GuestMemory& memory,
                                          const EngineOptions& options) {
  return I8080Engine::make(memory, options, isa);
}

}  // namespace cmos::emu

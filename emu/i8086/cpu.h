// The 8086's registers and the parts that its instructions are made of. Private to emu/i8086/.
#pragma once

#include <array>
#include <optional>

#include "emu/i8086/engine.h"
#include "emu/interpreter/interpreter.h"

namespace cmos::emu::i8086 {

/// Registers and segments as opcodes number them.
enum Register : std::uint8_t { kAx, kCx, kDx, kBx, kSp, kBp, kSi, kDi };
/// In instructions on bytes, the number of ah.
inline constexpr unsigned kAh = 4;
enum Segment : std::uint8_t { kEs, kCs, kSs, kDs };

enum Flag : std::uint16_t {
  kCarry = 1,
  kParity = 4,
  kAdjust = 0x10,
  kZero = 0x40,
  kSign = 0x80,
  kTrapFlag = 0x100,
  kInterrupt = 0x200,
  kDirection = 0x400,
  kOverflow = 0x800,
};
inline constexpr std::uint16_t kWritableFlags = 0xfd5;
/// What the CPU puts where it has no flags.
inline constexpr std::uint16_t kFixedFlags = 0xf002;

struct State {
  std::array<std::uint16_t, 8> r{};
  std::array<std::uint16_t, 4> segment{};
  std::uint16_t ip = 0;
  std::uint16_t flags = 0;
};

/// A register or a place in memory that a ModRM byte names.
struct Operand {
  bool memory = false;
  std::uint8_t reg = 0;
  std::uint16_t offset = 0;
  Segment segment = kDs;
};

constexpr std::uint32_t mask_of(unsigned size) {
  return size == 1 ? 0xff : 0xffff;
}
constexpr std::uint32_t sign_of(unsigned size) {
  return size == 1 ? 0x80 : 0x8000;
}
constexpr std::uint16_t extend(std::uint8_t value) {
  return static_cast<std::uint16_t>(static_cast<std::int8_t>(value));
}

class I8086Engine final : public Interpreter<I8086Engine, State> {
 public:
  I8086Engine(GuestMemory& memory, const EngineOptions& options)
      : Interpreter(k8086, memory, options) {}

  std::uint64_t read_register(RegisterIndex index) const override;
  void write_register(RegisterIndex index, std::uint64_t value) override;
  void jump(std::uint64_t address) override { state_.ip = static_cast<std::uint16_t>(address); }
  std::string flags() const override;

  void execute();
  /// As the memory counts: with cs 0 it is ip.
  static std::uint64_t pc_of(const State& state) {
    return (state.segment[kCs] * 16u + state.ip) & 0xf'ffffu;
  }

 private:
  // ---- memory and operands (cpu.cc)
  std::uint32_t linear(Segment segment, std::uint16_t offset) const {
    return (state_.segment[segment] * 16u + offset) & 0xf'ffff;
  }
  std::uint32_t read(Segment segment, std::uint16_t offset, unsigned size);
  void write(Segment segment, std::uint16_t offset, unsigned size, std::uint32_t value);
  std::uint8_t fetch_byte();
  std::uint16_t fetch_word();
  std::uint32_t fetch(unsigned size) { return size == 1 ? fetch_byte() : fetch_word(); }
  void push(std::uint16_t value);
  std::uint16_t pop();
  std::uint32_t reg(unsigned number, unsigned size) const;
  void set_reg(unsigned number, unsigned size, std::uint32_t value);
  /// Reads the ModRM byte and what belongs to it; modrm_reg_ becomes its middle field.
  Operand modrm();
  std::uint32_t load(const Operand& from, unsigned size);
  void store(const Operand& to, unsigned size, std::uint32_t value);
  Segment data_segment(Segment usual) const { return override_.value_or(usual); }

  // ---- flags and arithmetic (arithmetic.cc)
  bool flag(Flag which) const { return (state_.flags & which) != 0; }
  void set(Flag which, bool on) {
    state_.flags = static_cast<std::uint16_t>(on ? state_.flags | which : state_.flags & ~which);
  }
  bool condition(unsigned code) const;
  void set_result_flags(std::uint32_t value, unsigned size);
  std::uint32_t add(std::uint32_t a, std::uint32_t b, unsigned size, bool carry);
  std::uint32_t subtract(std::uint32_t a, std::uint32_t b, unsigned size, bool borrow);
  std::uint32_t logical(std::uint32_t value, unsigned size);
  /// add, or, adc, sbb, and, sub, xor; nothing to store for cmp.
  std::optional<std::uint32_t> calculate(unsigned operation, std::uint32_t a, std::uint32_t b,
                                         unsigned size);
  std::uint32_t increment(std::uint32_t value, unsigned size, bool up);
  std::uint32_t shift(unsigned operation, std::uint32_t value, unsigned size, unsigned count);
  void multiply(std::uint32_t value, unsigned size, bool is_signed);
  void divide(std::uint32_t value, unsigned size, bool is_signed);
  void put_quotient(std::int64_t quotient, std::int64_t remainder, unsigned size, bool is_signed);
  void adjust_decimal(bool adds);
  void adjust_ascii(bool adds);
  void adjust_multiply(unsigned base);
  void adjust_divide(unsigned base);

  // ---- instructions (engine.cc)
  void undefined();
  bool prefix(std::uint8_t opcode);
  void dispatch(std::uint8_t opcode);
  void arithmetic(std::uint8_t opcode);
  void segments_and_adjusts(std::uint8_t opcode);
  void immediate_group(std::uint8_t opcode);
  void moves(std::uint8_t opcode);
  void accumulator(std::uint8_t opcode);
  void load_pointer(Segment segment);
  void shift_group(std::uint8_t opcode);
  void returns_and_traps(std::uint8_t opcode);
  void interrupt(unsigned number);
  void string(std::uint8_t opcode);
  bool string_round(std::uint8_t opcode);
  void loop(std::uint8_t opcode);
  void control(std::uint8_t opcode);
  void unary_group(unsigned size);
  void last_group(unsigned size);
  void call_far(std::uint16_t segment, std::uint16_t offset);
  void flag_instruction(std::uint8_t opcode);

  // Of the instruction that is executed.
  std::optional<Segment> override_;
  std::uint8_t repeat_ = 0;  ///< the prefix f2 or f3
  std::uint8_t modrm_reg_ = 0;
};

}  // namespace cmos::emu::i8086

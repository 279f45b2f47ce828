// The 68000's registers and the parts that its instructions are made of. Private to emu/m68k/.
#pragma once

#include <array>

#include "emu/interpreter/interpreter.h"
#include "emu/m68k/engine.h"

namespace cmos::emu::m68k {

struct State {
  std::array<std::uint32_t, 8> d{};
  std::array<std::uint32_t, 8> a{};  ///< a[7] is the user's stack pointer
  std::uint32_t pc = 0;
  std::uint16_t sr = 0;  ///< of which a program changes the lower five bits alone
};

/// Bits of the status register.
enum Flag : std::uint16_t { kC = 1, kV = 2, kZ = 4, kN = 8, kX = 16 };
inline constexpr std::uint16_t kConditionCodes = 0x1f;

/// Addressing modes, as bits: which of them an instruction takes.
enum Mode : std::uint16_t {
  kDn = 1,
  kAn = 2,
  kIndirect = 4,
  kIncrement = 8,
  kDecrement = 16,
  kDisplaced = 32,
  kIndexed = 64,
  kShortAddress = 128,
  kLongAddress = 256,
  kPcDisplaced = 512,
  kPcIndexed = 1024,
  kImmediate = 2048,
};
inline constexpr std::uint16_t kAnyMode = 0xfff;
inline constexpr std::uint16_t kData = kAnyMode & ~kAn;
inline constexpr std::uint16_t kAlterable = 0x1ff;
inline constexpr std::uint16_t kDataAlterable = kAlterable & ~kAn;
inline constexpr std::uint16_t kMemoryAlterable = kDataAlterable & ~kDn;
inline constexpr std::uint16_t kControl =
    kIndirect | kDisplaced | kIndexed | kShortAddress | kLongAddress | kPcDisplaced | kPcIndexed;
inline constexpr std::uint16_t kControlAlterable = kControl & kAlterable;

/// An operand: a register, an address or a value.
struct Operand {
  enum class Kind : std::uint8_t { kNone, kDataRegister, kAddressRegister, kMemory, kValue };
  Kind kind = Kind::kNone;
  std::uint8_t reg = 0;
  std::uint32_t value = 0;  ///< or address
};

constexpr Operand data_register(unsigned number) {
  return {Operand::Kind::kDataRegister, static_cast<std::uint8_t>(number), 0};
}
constexpr std::uint32_t mask_of(unsigned size) {
  return size == 4 ? 0xffff'ffffu : (1u << (8 * size)) - 1;
}
constexpr std::uint32_t sign_of(unsigned size) {
  return 1u << (8 * size - 1);
}
constexpr std::uint32_t extend(std::uint32_t value, unsigned size) {
  return ((value & mask_of(size)) ^ sign_of(size)) - sign_of(size);
}

class M68kEngine final : public Interpreter<M68kEngine, State> {
 public:
  M68kEngine(GuestMemory& memory, const EngineOptions& options)
      : Interpreter(kM68k, memory, options) {}

  std::uint64_t read_register(RegisterIndex index) const override;
  void write_register(RegisterIndex index, std::uint64_t value) override;
  void jump(std::uint64_t address) override { state_.pc = static_cast<std::uint32_t>(address); }
  std::string flags() const override;

  void execute();
  static std::uint64_t pc_of(const State& state) { return state.pc; }

 private:
  // ---- memory (cpu.cc)
  std::uint32_t read(std::uint32_t address, unsigned size, Permission needed = kRead);
  void write(std::uint32_t address, unsigned size, std::uint32_t value);
  std::uint32_t fetch(unsigned size);
  void push(std::uint32_t value);
  std::uint32_t pop();

  // ---- operands (cpu.cc)
  Operand operand(unsigned mode, unsigned reg, unsigned size, std::uint16_t allowed);
  /// Of the lower six bits of an opcode.
  Operand operand(std::uint16_t opcode, unsigned size, std::uint16_t allowed) {
    return operand(opcode >> 3 & 7u, opcode & 7u, size, allowed);
  }
  std::uint32_t indexed(std::uint32_t base);
  std::uint32_t load(const Operand& from, unsigned size);
  void store(const Operand& to, unsigned size, std::uint32_t value);
  /// The size in bits 6 and 7; 0 and a fault when there is none.
  unsigned size_in(std::uint16_t opcode);

  // ---- flags (cpu.cc)
  bool flag(Flag which) const { return (state_.sr & which) != 0; }
  void set(Flag which, bool on) {
    state_.sr = static_cast<std::uint16_t>(on ? state_.sr | which : state_.sr & ~which);
  }
  bool condition(unsigned code) const;
  void logical(std::uint32_t value, unsigned size);
  /// With X as the carry where `extended`, and then a Z that is only ever cleared.
  std::uint32_t add(std::uint32_t a, std::uint32_t b, unsigned size, bool extended = false);
  std::uint32_t subtract(std::uint32_t a, std::uint32_t b, unsigned size, bool extended = false);
  void compare(std::uint32_t a, std::uint32_t b, unsigned size);
  std::uint32_t add_decimal(std::uint32_t a, std::uint32_t b);
  std::uint32_t subtract_decimal(std::uint32_t a, std::uint32_t b);

  void illegal();
  void privileged();
  void jump_to(std::uint32_t address);

  // ---- instructions by their upper four bits
  void line_0(std::uint16_t opcode);
  void immediate(std::uint16_t opcode);
  void immediate_to_status(std::uint16_t opcode);
  void bit(std::uint16_t opcode, std::uint32_t number, bool constant);
  void move_peripheral(std::uint16_t opcode);
  void move(std::uint16_t opcode, unsigned size);
  void line_4(std::uint16_t opcode);
  void one_operand(std::uint16_t opcode);
  void line_48(std::uint16_t opcode);
  void move_multiple(std::uint16_t opcode);
  void line_4e(std::uint16_t opcode);
  void return_and_restore();
  void check_bounds(std::uint16_t opcode);
  void line_5(std::uint16_t opcode);
  void decrement_and_branch(std::uint16_t opcode);
  void branch(std::uint16_t opcode);
  void line_8(std::uint16_t opcode);
  void divide(std::uint16_t opcode, bool is_signed);
  void multiply(std::uint16_t opcode, bool is_signed);
  void decimal(std::uint16_t opcode, bool adds);
  void line_9_or_d(std::uint16_t opcode, bool adds);
  void extended(std::uint16_t opcode, unsigned size, bool adds);
  void line_b(std::uint16_t opcode);
  void line_c(std::uint16_t opcode);
  void exchange(std::uint16_t opcode);
  void line_e(std::uint16_t opcode);
  std::uint32_t shift(unsigned kind, bool left, std::uint32_t value, unsigned size, unsigned count);
};

}  // namespace cmos::emu::m68k

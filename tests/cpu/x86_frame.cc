#include "tests/cpu/x86.h"

namespace cmos::cpu_test {
namespace {

using Code = std::vector<std::uint8_t>;

class Writer {
 public:
  explicit Writer(bool wide) : wide_(wide) {}

  void bytes(std::initializer_list<unsigned> values) {
    for (const unsigned value : values) code_.push_back(static_cast<std::uint8_t>(value));
  }
  void word(std::uint64_t value) {
    for (unsigned i = 0; i < 4; ++i) code_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  /// An instruction whose operands are a register (or an extension of the opcode) and an address.
  void absolute(std::initializer_list<unsigned> opcode, unsigned reg, std::uint64_t address) {
    bytes(opcode);
    if (wide_)
      bytes({(reg & 7) << 3 | 4u, 0x25});
    else
      bytes({(reg & 7) << 3 | 5u});
    word(address);
  }
  void move(unsigned opcode, unsigned reg) {
    const std::uint64_t address = kState + kGpr + 8 * reg;
    if (wide_)
      absolute({0x48u | (reg >> 3) << 2, opcode}, reg, address);
    else
      absolute({opcode}, reg, address);
  }
  void stack_to_scratch() {
    bytes({0xbc});  // mov esp, …
    word(kScratchStack);
  }
  void pad_to(std::uint64_t address) { code_.resize(address - kCode, 0xcc); }
  Code take() { return std::move(code_); }
  unsigned registers() const { return wide_ ? 16 : 8; }

 private:
  bool wide_;
  Code code_;
};

constexpr unsigned kStackRegister = 4;

void write_head(Writer& w) {
  w.absolute({0x0f, 0xae}, 1, kState);  // fxrstor
  w.stack_to_scratch();
  w.absolute({0xff}, 6, kState + kFlags);  // push
  w.bytes({0x9d});                         // popf
  for (unsigned reg = 0; reg < w.registers(); ++reg)
    if (reg != kStackRegister) w.move(0x8b, reg);
  w.move(0x8b, kStackRegister);
  w.absolute({0xff}, 4, kEntry);  // jmp
}

void write_tail(Writer& w, bool wide, bool native) {
  for (unsigned reg = 0; reg < w.registers(); ++reg) w.move(0x89, reg);
  w.stack_to_scratch();
  w.bytes({0x9c});                         // pushf
  w.absolute({0x8f}, 0, kState + kFlags);  // pop
  w.absolute({0x0f, 0xae}, 0, kState);     // fxsave
  w.bytes({0xfc});                         // cld
  if (!native)
    w.bytes({0xcd, 0x80});
  else
    w.absolute({0xff}, wide ? 4 : 5, kReturn);  // jmp, or the far jump back to 64-bit code
}

}  // namespace

std::vector<std::uint8_t> x86_frame(bool wide, bool native) {
  Writer w(wide);
  write_head(w);
  w.pad_to(kTail);
  write_tail(w, wide, native);
  w.pad_to(kFirstSlot);
  return w.take();
}

std::vector<std::uint8_t> x86_leave(std::uint64_t at) {
  const std::uint64_t distance = kTail - (at + 5);
  Code code{0xe9};
  for (unsigned i = 0; i < 4; ++i) code.push_back(static_cast<std::uint8_t>(distance >> (8 * i)));
  return code;
}

}  // namespace cmos::cpu_test

// What an instruction says, operand by operand: for checks that read code back. Capstone behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::disasm {

struct Operand {
  enum class Kind : std::uint8_t { kRegister, kImmediate, kMemory, kOther };
  Kind kind = Kind::kOther;
  unsigned size = 0;              ///< in bytes, 0 = not known
  std::string_view reg = {};      ///< the register, or the base of memory; empty: none
  std::string_view index = {};    ///< of memory
  std::string_view segment = {};  ///< x86: when it was stated
  int scale = 1;
  std::int64_t number = 0;  ///< immediate or displacement; of a branch the target's address
};

struct Operands {
  std::uint32_t size = 0;  ///< of the instruction, in bytes
  std::vector<Operand> list = {};
};

class OperandReader {
 public:
  /// `arch` is an ARCH code of cpe 1.1. kUnsupported when there is nothing for it.
  static Result<OperandReader> open(std::string_view arch, bool thumb = false);
  OperandReader(OperandReader&&) noexcept;
  OperandReader& operator=(OperandReader&&) noexcept;
  ~OperandReader();

  /// The instruction at the start of `code`; false when the bytes are none. Register names are
  /// views that live as long as the program.
  bool read(Bytes code, std::uint64_t address, Operands& out);
  /// The last instruction, as text.
  std::string text() const;

 private:
  struct State;
  explicit OperandReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cmos::disasm

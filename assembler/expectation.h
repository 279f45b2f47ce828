// What an encoded instruction must say when it is read back (readback.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "assembler/program.h"
#include "assembler/x86_register.h"

namespace cmos::assembler {

enum class ExpectedKind : std::uint8_t {
  kAny,  ///< not compared
  kRegister,
  kImmediate,
  kMemory,
  kTarget,  ///< a place in the code that is branched to
};

struct ExpectedOperand {
  ExpectedKind kind = ExpectedKind::kAny;
  std::uint16_t size = 0;  ///< of memory, in bits, 0 = not stated
  X86Register reg = {};    ///< or the base of memory
  X86Register index = {};
  X86Register segment = {};
  std::uint8_t scale = 1;
  std::int64_t number = 0;  ///< immediate, displacement, what is added to a place
  Place place = {};
  Place minus = {};
};

struct Expectation {
  std::uint32_t item = kNoEntry;  ///< index in Program::code
  std::uint8_t size = 0;          ///< in bytes, when the source asked for one; else 0
  /// The expectation of the same statement further up, which stands for this one, too.
  std::uint32_t like = kNoEntry;
  std::vector<ExpectedOperand> operands = {};
  std::vector<std::string> words = {};  ///< ARM: registers and numbers in their order
};

}  // namespace cmos::assembler

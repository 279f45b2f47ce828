// One operand of an x86 instruction: parsed here, to the last bit, so that the encoder is told
// plain numbers and one way of writing only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "assembler/expression.h"
#include "assembler/program.h"
#include "assembler/x86_register.h"

namespace cmos::assembler {

enum class Distance : std::uint8_t { kAny, kShort, kNear, kFar };

enum class X86Kind : std::uint8_t { kRegister, kImmediate, kMemory, kFarPointer, kRounding };

struct X86Address {
  std::string base = {};  ///< small letters; empty: none
  std::string index = {};
  unsigned scale = 1;
  bool relative = false;  ///< counted from the next instruction
  std::string segment = {};
};

struct X86Operand {
  X86Kind kind = X86Kind::kImmediate;
  Span where = {};
  unsigned size = 0;  ///< stated, in bits; of a register always
  Distance distance = Distance::kAny;
  bool to = false;  ///< nasm's `fsub to st3`
  X86Register reg = {};
  std::string name = {};         ///< of a register, small letters; of a rounding word its text
  X86Address address = {};       ///< of memory
  Value value = {};              ///< immediate or displacement: number, symbol, minus
  Value selector = {};           ///< of a far pointer
  std::string decorations = {};  ///< AVX-512's {k1}{z}, {1to8}
  bool bare = false;             ///< a symbol alone, neither `offset` nor brackets

  bool is_register() const { return kind == X86Kind::kRegister; }
  bool is_memory() const { return kind == X86Kind::kMemory; }
  bool is_immediate() const { return kind == X86Kind::kImmediate; }
};

/// Parses the whole cursor as one operand; nothing after a mistake, which has been reported.
/// `branch`: the operand is a place in the code, where a name alone is no surprise.
std::optional<X86Operand> parse_x86_operand(Cursor& cursor, const Names& names,
                                            const Target& target, Reporter& reporter);

/// "byte", "word", … of a size in bits, as Intel syntax has it; empty when there is none.
std::string_view x86_size_word(unsigned bits);
/// Size in bits of a word of Intel or nasm syntax, 0 when it is none.
unsigned x86_size_of_word(std::string_view word);

}  // namespace cmos::assembler

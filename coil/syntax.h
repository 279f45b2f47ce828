// What the parser makes of CASM: statements with their operands as they were written, before any
// name means something (docs/coil.md 4). Texts are views into the sources, which must outlive them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/boxed.h"
#include "base/diagnostic.h"
#include "formats/coil/codes.h"
#include "formats/coil/opcodes.h"
#include "formats/coil/types.h"

namespace cmos::casm {

using source::Span;

/// A whole number: its magnitude, and whether a minus stood in front.
struct Integer {
  std::uint64_t magnitude = 0;
  bool negative = false;

  std::uint64_t bits() const { return negative ? std::uint64_t{0} - magnitude : magnitude; }
  bool fits_unsigned(unsigned bits) const {
    return !negative && (bits >= 64 || magnitude >> bits == 0);
  }
};

struct Argument;

/// TYPE_A+EXT=TYPE_B=…=tail[=tail][n]
struct TypeText {
  struct Level {
    const coil::TypeRow* row = nullptr;  ///< nullptr for a type that the source declares
    std::uint8_t extension = 0;
    std::string_view name = {};  ///< of that
  };
  std::vector<Level> levels;
  std::string_view name;             ///< RAX, GLOB, ABICTL_PARAM, a structure's name; empty = none
  std::optional<Integer> number;     ///< in the place of `name`
  std::string decimal;               ///< a number with a point, in the place of `name`
  std::optional<std::string> bytes;  ///< of a wide number: its bytes, the lowest first
  std::string_view abi;
  std::vector<std::optional<std::uint32_t>> counts;  ///< of arrays, the outermost first
  Span name_span;
};

/// One term of a memory operand.
struct TermText {
  enum class Kind : std::uint8_t { kVariable, kName, kRegister, kSymbolIndex, kNumber };
  Kind kind = Kind::kNumber;
  std::uint32_t id = 0;   ///< variable, or symbol index
  std::string_view name;  ///< a symbol or named variable; a register
  std::optional<Integer> register_number;
  Integer number;
  bool negative = false;  ///< a minus stood in front
  std::optional<std::uint64_t> scale;
  Span span;
};

struct Argument {
  enum class Kind : std::uint8_t {
    kVariable,     ///< #n: `id`
    kName,         ///< `name`
    kSymbolIndex,  ///< @n: `id`
    kInteger,
    kFloat,   ///< `text` without separators
    kString,  ///< `text`
    kList,    ///< `items`, with `names` of those that have one
    kType,
    kMemory,
  };
  Kind kind = Kind::kInteger;
  Span span;
  std::uint32_t id = 0;
  std::string_view name;
  std::string text;
  Integer integer;
  Boxed<TypeText> type;
  std::vector<TermText> terms;
  std::vector<Argument> items;
  std::vector<std::string_view> names;
  bool plus_offset = false;  ///< NAME + n: `integer` is the offset
};

/// One line's label, or its instruction or directive, or a line of a block.
struct Statement {
  Span span;                             ///< the mnemonic, or the label
  std::string_view label;                ///< of a label alone
  std::string_view word;                 ///< the mnemonic or directive as written
  const coil::OpcodeRow* row = nullptr;  ///< nullptr for what has no opcode
  std::optional<coil::Condition> condition;
  std::vector<Argument> arguments;
};

}  // namespace cmos::casm

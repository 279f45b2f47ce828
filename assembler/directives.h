// The directives that may stand among instructions. Nothing else that begins with a dot reaches the
// encoder: no file, no macro, no section of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "assembler/target.h"

namespace cmos::assembler {

enum class Operands : std::uint8_t {
  kNone,
  kValues,  ///< numbers and addresses of `width` bytes each
  kReals,   ///< floating-point numbers of `width` bytes
  kString,  ///< strings, one zero byte behind each when `width` is 1
  kCount,   ///< a number of elements of `width` bytes, all zero
  kAlign,
  kWord,    ///< a name, for the encoder
  kOpcode,  ///< numbers that are instructions
  kTimes,   ///< a count, then another directive of data
};
/// For messages: "a value".
std::string_view needs(Operands operands);

enum class Dialect : std::uint8_t { kOwn, kNasm };

struct Directive {
  std::string_view name;
  Operands operands = Operands::kValues;
  unsigned width = 1;
  Dialect dialect = Dialect::kOwn;  ///< nasm's take strings and reals beside numbers
  bool arm_only = false;
  bool not_x86 = false;

  /// Bytes that are no instructions.
  bool is_data() const {
    return operands == Operands::kValues || operands == Operands::kReals ||
           operands == Operands::kString || operands == Operands::kCount ||
           operands == Operands::kTimes;
  }
};

/// nullptr when there is none of that name for the target.
const Directive* find_directive(const Target& target, std::string_view name);
/// Why a directive is refused, and what to write instead.
std::string unknown_directive(const Target& target, std::string_view name);

}  // namespace cmos::assembler

// The directives that may stand among instructions, handed to the encoder. Nothing else that begins
// with a dot reaches it: no other section, no file, no macro.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "assembler/target.h"

namespace cmos::assembler {

enum class Operands : std::uint8_t { kNone, kValues, kString, kCount, kWord };
/// For messages: "a value".
std::string_view needs(Operands operands);

struct Directive {
  std::string_view name;
  std::string_view encoder;  ///< what the encoder calls it; empty: the same
  Operands operands = Operands::kValues;
  bool arm_only = false;
  bool not_x86 = false;
};

/// nullptr when there is none of that name for the target.
const Directive* find_directive(const Target& target, std::string_view name);
/// Why a directive is refused, and what to write instead.
std::string unknown_directive(const Target& target, std::string_view name);

}  // namespace cmos::assembler

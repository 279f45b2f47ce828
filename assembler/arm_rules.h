// Instructions of ARM and Thumb whose result no processor promises, which the encoder takes all the
// same.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "assembler/lexer.h"

namespace cmos::assembler {

struct Unpredictable {
  const Token* where = nullptr;
  std::string message;
};

/// Nothing when the instruction is good as far as this knows. `tokens` are those behind the
/// mnemonic, which is in small letters.
std::optional<Unpredictable> unpredictable(std::string_view mnemonic, std::span<const Token> tokens,
                                           bool thumb);

}  // namespace cmos::assembler

// Whole numbers as CASM writes them, wherever one may stand (docs/coil.md 4.1): INT { "+" INT },
// where "*" binds before "+" and "-", and these before "|".
#pragma once

#include <optional>

#include "coil/lexer.h"
#include "coil/syntax.h"

namespace cmos::casm {

/// Whether the next word may begin a number.
bool at_number(const Lexer& in);
/// One number, behind a minus that was taken when `negative`; nothing, unreported, when there is
/// none.
std::optional<Integer> read_integer(Lexer& in, bool negative = false);
/// As read_integer(), with what is added to it: what may stand behind a name and its sign.
std::optional<Integer> read_sum(Lexer& in, bool negative = false);
/// The whole of it. What is wrong behind the first number is reported.
std::optional<Integer> read_constant(Lexer& in, bool negative = false);

}  // namespace cmos::casm

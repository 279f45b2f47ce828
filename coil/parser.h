// CASM's grammar, one line at a time (docs/coil.md 4.2).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "coil/lexer.h"
#include "coil/syntax.h"

namespace cmos::casm {

/// What one line says: at most one label and one statement. A line with a mistake says nothing more
/// than what stood in front of it.
struct ParsedLine {
  std::optional<Statement> label;
  std::optional<Statement> statement;
  bool failed = false;
  std::size_t more_lines = 0;  ///< that belong to it as well
};
/// The first of `lines`, which is line `number` of its file.
ParsedLine parse_line(std::span<const std::string_view> lines, std::uint32_t file,
                      std::uint32_t number, source::Reporter& reporter);

/// Parses what follows the mnemonic: arguments separated by commas, up to the line's end.
std::vector<Argument> parse_arguments(Lexer& in);

/// Directives and sugar without an opcode of their own.
bool is_plain_directive(std::string_view word);
/// What other dialects have and no file can hold; true when `word` is one of them.
bool is_unsupported(std::string_view word);

}  // namespace cmos::casm

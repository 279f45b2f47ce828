// Macros: what their first line says, and a line of their bodies with parameters filled in. Two
// ways of writing, GNU's (.macro NAME A, B=1: \A) and nasm's (%macro NAME 2: %1).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assembler/expression.h"

namespace cmos::assembler {

/// Lines of one source text, by index.
struct Block {
  std::uint32_t file = 0;
  std::size_t first = 0;
  std::size_t end = 0;
};

struct Parameter {
  std::string name;  ///< of nasm's: its number
  std::optional<std::string> value;
  bool rest = false;  ///< takes all that is left, commas too
};

struct Macro {
  std::string name;
  std::vector<Parameter> parameters;
  std::size_t least = 0;   ///< arguments without which it is not used
  bool any_count = false;  ///< nasm's 1-*
  bool positional = false;
  Block body = {};
  Span defined = {};
};

/// What stands behind .macro (`positional`: %macro); nothing after a mistake, which has been
/// reported.
std::optional<Macro> parse_macro(Cursor& cursor, bool positional, Reporter& reporter);

/// The text between commas outside of brackets.
std::vector<std::string> split_arguments(std::span<const Token> tokens);

/// The text that a parameter's name stands for; nothing for what is none.
using Lookup = std::function<std::optional<std::string_view>(std::string_view name)>;

/// The values of one use, by name. `use` is a number that no other has.
class Arguments {
 public:
  Arguments(const Macro& macro, unsigned long use) : macro_(macro), number_(std::to_string(use)) {}

  /// False when they do not fit the macro, which has been reported.
  bool bind(Cursor& cursor, bool strip_braces, Reporter& reporter);
  std::optional<std::string_view> find(std::string_view name) const;

 private:
  bool named(std::string_view text);
  const Macro& macro_;
  std::string number_;
  std::string count_;
  std::vector<std::optional<std::string>> values_;
};

/// One line of a body: \NAME, \@, %1, %{1}, %%NAME outside of quotes and comments are filled in.
/// `lookup` is asked for "NAME", "@", "1", "%NAME".
std::string fill_in(std::string_view line, std::string_view comment, const Lookup& lookup);
/// Whether there is anything to be filled in.
bool has_parameters(std::string_view line);

}  // namespace cmos::assembler

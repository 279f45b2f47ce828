// Expressions: operators and precedence as in C, whole numbers exact to 64 bits; sums of symbols'
// addresses, and on x86 of registers, with numbers. One evaluator for .define, .if, data and
// instructions: the same text has the same value everywhere.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assembler/diagnostic.h"
#include "assembler/lexer.h"
#include "assembler/literal.h"

namespace cmos::assembler {

/// A mention of a symbol, as written: NAME, .LOCAL, NAME.LOCAL, $ or $$.
struct Reference {
  std::string name;
  Span where;
};

/// A register in an address, times a factor. `scaled` when a factor was written, also 1.
struct RegisterTerm {
  std::string_view name;  ///< as written
  Integer factor = 1;
  bool scaled = false;
  Span where;
};

/// number + address of `symbol` - address of `minus` + registers.
struct Value {
  Integer number = 0;
  std::optional<Reference> symbol = {};
  std::optional<Reference> minus = {};
  std::vector<RegisterTerm> registers = {};
  bool brackets = false;          ///< some part stood in [ ]
  bool address = false;           ///< `offset`: the address, never what is there
  bool relative = false;          ///< `[rel …]`
  bool absolute = false;          ///< `[abs …]`
  std::string_view segment = {};  ///< `[fs:…]`

  bool is_number() const { return !symbol && !minus && registers.empty() && !brackets; }
};

struct Names {
  /// What a name was given by .define or equ, if anything.
  std::function<std::optional<Value>(std::string_view)> define;
  /// The size in bytes of a constant, variable, list or structure, for sizeof(); nothing when it is
  /// not known.
  std::function<std::optional<Integer>(std::string_view)> size;
  /// The same for countof(): elements of a list.
  std::function<std::optional<Integer>(std::string_view)> count;
  /// In x86 operands: whether a name is a register. Brackets, `offset`, `rel` and `abs` have a
  /// meaning only with it.
  std::function<bool(std::string_view)> is_register = {};
  bool relative = false;  ///< nasm's `default rel`
};

/// Tokens of one line, read from left to right. Mistakes go to the reporter, once.
class Cursor {
 public:
  Cursor(std::span<const Token> tokens, Span line) : tokens_(tokens), line_(line) {}

  bool at_end() const { return at_ == tokens_.size(); }
  const Token* peek(std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? &tokens_[at_ + ahead] : nullptr;
  }
  const Token* next() { return at_end() ? nullptr : &tokens_[at_++]; }
  bool take(std::string_view punctuation);
  std::size_t position() const { return at_; }
  std::span<const Token> rest() const { return tokens_.subspan(at_); }

  Span span(const Token& token) const;
  /// Where the next token is, or just behind the last one.
  Span here() const;
  /// From one token to another of the line.
  Span span(std::size_t first, std::size_t end) const;

 private:
  std::span<const Token> tokens_;
  Span line_;
  std::size_t at_ = 0;
};

/// Parses one expression; nothing after a mistake, which has been reported. `symbols` tells
/// whether a name that is no .define may be a symbol.
std::optional<Value> parse_expression(Cursor& cursor, const Names& names, Reporter& reporter,
                                      bool symbols);
/// The same for a plain number.
std::optional<Integer> parse_number(Cursor& cursor, const Names& names, Reporter& reporter);

}  // namespace cmos::assembler

// Whole-number expressions: operators and precedence as in C, 64 bits with a sign, and at most one
// symbol in an address.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "assembler/diagnostic.h"
#include "assembler/lexer.h"
#include "assembler/literal.h"

namespace cmos::assembler {

/// A number, or a symbol's address and a number.
struct Value {
  Integer number = 0;
  std::optional<std::string> symbol = {};
  Span symbol_at = {};
};

struct Names {
  /// The number that a name was given by .define, if any.
  std::function<std::optional<Integer>(std::string_view)> define;
  /// The size in bytes of a constant or variable, for sizeof(); nothing when it is not known.
  std::function<std::optional<Integer>(std::string_view)> size;
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

 private:
  std::span<const Token> tokens_;
  Span line_;
  std::size_t at_ = 0;
};

/// Parses one expression; nothing after a mistake, which has been reported then. `symbols` tells
/// whether a name that is no .define may be a symbol.
std::optional<Value> parse_expression(Cursor& cursor, const Names& names, Reporter& reporter,
                                      bool symbols);
/// The same for a plain number.
std::optional<Integer> parse_number(Cursor& cursor, const Names& names, Reporter& reporter);

}  // namespace cmos::assembler

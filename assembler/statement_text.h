// What the writers of statements for all ISAs share: the text for the encoder, where its parts come
// from, and symbols under the encoder's names.
#pragma once

#include <string>

#include "assembler/expression.h"
#include "assembler/program.h"
#include "assembler/rewrite.h"

namespace cmos::assembler {

class StatementText {
 public:
  StatementText(Program& program, Reporter& reporter, const CodeItem& item, EncoderLine& line)
      : program_(program),
        target_(*program.target),
        reporter_(reporter),
        item_(item),
        line_(program.lines[item.line]),
        tokens_(std::span(line_.tokens).subspan(item.first_token)),
        out_(line) {}

  std::vector<Unknown> unknown;

 protected:
  bool fail(Span where, std::string message) {
    reporter_.error(where, std::move(message));
    return false;
  }
  bool fail(const Token& token, std::string message) {
    return fail(line_.span(token), std::move(message));
  }

  /// Appends text that stands for a stretch of the source.
  void put(Span where, std::string_view text) {
    out_.pieces.push_back({static_cast<std::uint32_t>(text_.size()), where});
    text_ += text;
  }

  /// The end of the operand that begins at a token: the next comma outside of brackets.
  std::size_t operand_end(std::size_t from) const;
  /// False when brackets do not match, which has been reported.
  bool balanced();
  /// A range of tokens as a cursor.
  Cursor cursor(std::size_t first, std::size_t end) const {
    return Cursor(tokens_.subspan(first, end - first), line_.where);
  }

  /// `__cbt_5 - __cbt_3 + 8`, whatever of it there is; nothing after a mistake, which has been
  /// reported. What `value` refers to must be defined; with `implicit`, a name that is not becomes
  /// an extern (cpo 3.1).
  std::optional<std::string> text_of(const Value& value, bool implicit = false);
  /// The encoder's name of a symbol or label.
  std::optional<std::string> name_of(const Reference& reference, bool implicit = false);
  /// What it is; nothing after a mistake.
  std::optional<Place> place_of(const Reference& reference, bool implicit = false);

  Program& program_;
  const Target& target_;
  Reporter& reporter_;
  const CodeItem& item_;
  const Line& line_;
  std::span<const Token> tokens_;
  EncoderLine& out_;
  std::string text_;

 private:
  bool declare(const Reference& reference);
};

}  // namespace cmos::assembler

#include "coil/lexer.h"

#include <fmt/format.h>

#include <algorithm>

namespace cmos::casm {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c);
}

/// The value of a digit of any base; 99 for what is none.
unsigned digit_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return 99;
}

unsigned base_of(char letter) {
  switch (letter) {
    case 'x':
    case 'X':
      return 16;
    case 'o':
    case 'O':
      return 8;
    case 'b':
    case 'B':
      return 2;
    default:
      return 10;
  }
}

}  // namespace

std::string with_code(std::string message, std::uint32_t code) {
  return message + fmt::format(" [0x{:08x}]", code);
}

Lexer::Lexer(std::string_view line, std::uint32_t file, std::uint32_t number,
             source::Reporter& reporter)
    : line_(line), file_(file), line_number_(number), reporter_(reporter) {
  read();
}

void Lexer::error(Span where, std::string message, std::uint32_t code) {
  if (!failed_) reporter_.error(where, with_code(std::move(message), code));
  failed_ = true;
}

Token Lexer::next() {
  Token out = std::move(token_);
  last_end_ = out.begin + out.length;
  last_line_ = out.line;
  behind_comma_ = out.raw == ",";
  token_ = {};
  read();
  return out;
}

bool Lexer::take(std::string_view sign) {
  if (!at_sign(sign)) return false;
  next();
  return true;
}

void Lexer::finish(Token::Kind kind, std::uint32_t start) {
  token_.line = line_number_;
  token_.kind = kind;
  token_.begin = start;
  token_.length = position_ - start;
  token_.raw = line_.substr(start, token_.length);
}

void Lexer::skip_space() {
  for (;;) {
    while (at(position_) == ' ' || at(position_) == '\t' || at(position_) == '\f') ++position_;
    const bool ends = position_ >= line_.size() || line_[position_] == ';';
    if (!ends || !behind_comma_ || taken_ == following_.size()) return;
    line_ = following_[taken_++];
    ++line_number_;
    position_ = 0;
  }
}

void Lexer::read() {
  skip_space();
  const std::uint32_t start = position_;
  token_.line = line_number_;
  if (position_ >= line_.size() || line_[position_] == ';') {
    token_.kind = Token::Kind::kEnd;
    token_.begin = start;
    return;
  }
  const char c = line_[position_];
  if (is_letter(c) || (c == '.' && is_letter(at(position_ + 1)))) {
    while (is_word(at(position_)) || (c == '.' && at(position_) == '.')) ++position_;
    return finish(Token::Kind::kName, start);
  }
  if (is_digit(c) || (c == '.' && is_digit(at(position_ + 1)))) return read_number();
  if (c == '"' || c == '\'') return read_quoted(c);
  constexpr std::string_view kSigns = ",:+-*=|#[]()<>!@";
  ++position_;
  if (kSigns.find(c) == std::string_view::npos) {
    finish(Token::Kind::kSign, start);
    const auto byte = static_cast<unsigned char>(c);
    return error(span(),
                 byte >= 0x20 && byte < 0x7f
                     ? fmt::format("'{}' means nothing here", c)
                     : fmt::format("byte 0x{:02x} means nothing here", byte),
                 code::kInvalidToken);
  }
  if ((c == '=' || c == '!' || c == '<' || c == '>') && at(position_) == '=') ++position_;
  finish(Token::Kind::kSign, start);
}

void Lexer::read_based(unsigned base, std::uint32_t start) {
  std::uint64_t value = 0;
  bool any = false;
  bool overflow = false;
  for (; is_word(at(position_)); ++position_) {
    const char c = at(position_);
    if (c == '_') continue;
    const unsigned digit = digit_value(c);
    if (digit >= base) {
      while (is_word(at(position_))) ++position_;
      finish(Token::Kind::kInteger, start);
      return error(span(), fmt::format("'{}' is no number of base {}", token_.raw, base),
                   code::kInvalidToken);
    }
    any = true;
    overflow |= __builtin_mul_overflow(value, std::uint64_t{base}, &value);
    overflow |= __builtin_add_overflow(value, std::uint64_t{digit}, &value);
  }
  finish(Token::Kind::kInteger, start);
  token_.integer = value;
  if (!any)
    error(span(), fmt::format("'{}' has no digits", token_.raw), code::kInvalidToken);
  else if (overflow)
    error(span(), fmt::format("'{}' does not fit 64 bits", token_.raw), code::kInvalidToken);
}

void Lexer::read_float(std::uint32_t start) {
  auto digits = [this] {
    while (is_digit(at(position_)) || at(position_) == '_') ++position_;
  };
  digits();
  if (at(position_) == '.') ++position_;
  digits();
  if (at(position_) == 'e' || at(position_) == 'E') {
    ++position_;
    if (at(position_) == '+' || at(position_) == '-') ++position_;
    if (!is_digit(at(position_))) {
      finish(Token::Kind::kFloat, start);
      return error(span(), fmt::format("'{}' has no exponent", token_.raw), code::kInvalidToken);
    }
    digits();
  }
  const bool glued = is_word(at(position_));
  while (is_word(at(position_))) ++position_;
  finish(Token::Kind::kFloat, start);
  token_.text = token_.raw;
  std::erase(token_.text, '_');
  if (glued) error(span(), fmt::format("'{}' is no number", token_.raw), code::kInvalidToken);
}

void Lexer::read_number() {
  const std::uint32_t start = position_;
  const unsigned base = at(start) == '0' ? base_of(at(start + 1)) : 10;
  if (base != 10) {
    position_ += 2;
    return read_based(base, start);
  }
  std::uint32_t end = start;
  while (is_digit(at(end)) || at(end) == '_') ++end;
  const bool exponent = (at(end) == 'e' || at(end) == 'E') &&
                        (is_digit(at(end + 1)) || at(end + 1) == '+' || at(end + 1) == '-');
  if (at(end) == '.' || exponent) return read_float(start);
  read_based(10, start);
}

/// The byte that stands behind a backslash; false when it means nothing.
bool Lexer::escape(std::string& out) {
  const char c = at(position_++);
  constexpr std::string_view kFrom = "nrt\\\"'0";
  constexpr std::string_view kTo{"\n\r\t\\\"'\0", 7};
  if (const std::size_t index = kFrom.find(c); c != '\0' && index != std::string_view::npos) {
    out += kTo[index];
    return true;
  }
  if (c != 'x') return false;
  const unsigned high = digit_value(at(position_));
  const unsigned low = digit_value(at(position_ + 1));
  if (high > 15 || low > 15) return false;
  out += static_cast<char>(high * 16 + low);
  position_ += 2;
  return true;
}

void Lexer::read_quoted(char quote) {
  const std::uint32_t start = position_++;
  std::string text;
  bool bad = false;
  while (position_ < line_.size() && line_[position_] != quote) {
    if (line_[position_] != '\\') {
      text += line_[position_++];
      continue;
    }
    const std::uint32_t at_escape = position_++;
    if (escape(text)) continue;
    bad = true;
    position_ = std::min<std::uint32_t>(position_, static_cast<std::uint32_t>(line_.size()));
    error({file_, line_number_, at_escape, position_ - at_escape},
          "an escape is one of \\n \\r \\t \\\\ \\\" \\' \\0 \\xHH", code::kInvalidToken);
  }
  const bool closed = position_ < line_.size();
  if (closed) ++position_;
  finish(quote == '"' ? Token::Kind::kString : Token::Kind::kCharacter, start);
  if (!closed)
    error(span(), quote == '"' ? "the string has no end" : "the character has no end",
          code::kInvalidToken);
  if (quote == '\'' && !bad && closed && text.size() != 1)
    error(span(), "a character is one byte", code::kInvalidToken);
  if (!text.empty()) token_.integer = static_cast<unsigned char>(text[0]);
  token_.text = std::move(text);
}

}  // namespace cmos::casm

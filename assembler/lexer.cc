#include "assembler/lexer.h"

#include <algorithm>

#include "base/text.h"

namespace cmos::assembler {
namespace {

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}
bool is_letter(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/// Length of a number at the start of `text`. A sign belongs to it after a decimal exponent.
std::size_t number_length(std::string_view text) {
  const bool prefixed = text.size() > 1 && text[0] == '0' && is_letter(text[1]);
  std::size_t end = 1;
  while (end < text.size()) {
    const char byte = text[end];
    const bool exponent = !prefixed && (text[end - 1] == 'e' || text[end - 1] == 'E');
    const bool sign = exponent && (byte == '+' || byte == '-') && end + 1 < text.size() &&
                      is_digit(text[end + 1]) &&
                      std::all_of(text.begin(), text.begin() + static_cast<long>(end) - 1,
                                  [](char one) { return is_digit(one) || one == '.'; });
    if (!sign && !is_digit(byte) && !is_letter(byte) && byte != '_' && byte != '.') break;
    ++end;
  }
  return end;
}

/// Length of a quoted text at the start of `text`, 0 when it does not end.
std::size_t quoted_length(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[0]) {
      return i + 1;
    }
  }
  return 0;
}

LexedLine failed(LexedLine line, std::size_t begin, std::size_t length, std::string message) {
  line.error = LexError{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(length),
                        std::move(message), 0};
  return line;
}

}  // namespace

bool starts_name(char byte) {
  return is_letter(byte) || byte == '_' || byte == '.' || static_cast<unsigned char>(byte) >= 0x80;
}
bool continues_name(char byte) {
  return starts_name(byte) || is_digit(byte) || byte == '$';
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& byte : out) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return out;
}

std::string text_of(std::span<const Token> tokens) {
  std::string out;
  const Token* last = nullptr;
  for (const Token& token : tokens) {
    const bool apart =
        last != nullptr && (last->below != token.below || last->end() != token.begin);
    const bool glues = !out.empty() && continues_name(out.back()) && continues_name(token.text[0]);
    if (apart || glues) out += ' ';
    out += token.text;
    last = &token;
  }
  return out;
}

LexedLine lex(std::string_view line, std::string_view comment) {
  LexedLine out;
  // Tokens are kept as long as the program: no more room than they need.
  thread_local std::vector<Token> tokens;
  tokens.clear();
  if (const auto bad = first_invalid_utf8(as_bytes(line)))
    return failed(std::move(out), *bad, 1, "this is no UTF-8 text");
  std::size_t at = 0;
  while (at < line.size()) {
    const std::string_view rest = line.substr(at);
    const char first = rest[0];
    if (first == ' ' || first == '\t') {
      ++at;
      continue;
    }
    if (first == ';' || (!comment.empty() && rest.starts_with(comment))) break;
    if (rest.starts_with("/*"))
      return failed(std::move(out), at, 2, "'/*' comments do not exist here: use ';'");
    if (static_cast<unsigned char>(first) < 0x20 || first == 0x7f)
      return failed(std::move(out), at, 1, "control character in the source");
    Token token{TokenKind::kPunctuation, rest.substr(0, 1), static_cast<std::uint32_t>(at)};
    if (first == '"' || first == '\'') {
      const std::size_t length = quoted_length(rest);
      if (length == 0)
        return failed(std::move(out), at, 1,
                      first == '"' ? "the string does not end on this line"
                                   : "the character does not end on this line");
      token.kind = first == '"' ? TokenKind::kString : TokenKind::kChar;
      token.text = rest.substr(0, length);
    } else if (is_digit(first) || (first == '.' && rest.size() > 1 && is_digit(rest[1]))) {
      token.kind = TokenKind::kNumber;
      token.text = rest.substr(0, number_length(rest));
    } else if (first == '$') {  // where this is, and $$, where the code begins
      token.kind = TokenKind::kName;
      token.text = rest.substr(0, rest.size() > 1 && rest[1] == '$' ? 2 : 1);
    } else if (starts_name(first)) {
      token.kind = TokenKind::kName;
      std::size_t length = 1;
      while (length < rest.size() && continues_name(rest[length])) ++length;
      token.text = rest.substr(0, length);
    }
    at += token.text.size();
    tokens.push_back(token);
  }
  out.tokens.assign(tokens.begin(), tokens.end());
  return out;
}

}  // namespace cmos::assembler

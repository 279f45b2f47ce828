// One source line into tokens. Comments go here: `;` on every ARCH, and the ARCH's own mark (`#` on
// x86, `@` on ARM, `//` on ARM64), none of them inside quotes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cmos::assembler {

enum class TokenKind : std::uint8_t {
  kName,    ///< letters, digits, `_`, `.`, `$`, bytes above 0x7f; a directive begins with `.`
  kNumber,  ///< as written; literal.h knows what it means
  kString,  ///< with its double quotes
  kChar,    ///< with its single quotes
  kPunctuation,
};

struct Token {
  TokenKind kind = TokenKind::kPunctuation;
  std::string_view text = {};  ///< a view into the line
  std::uint32_t begin = 0;     ///< byte in the line
  std::uint32_t below = 0;     ///< lines below the first one, when `\` continues it

  bool is(std::string_view what) const { return text == what && kind != TokenKind::kString; }
  std::uint32_t length() const { return static_cast<std::uint32_t>(text.size()); }
  std::uint32_t end() const { return begin + length(); }
};

struct LexError {
  std::uint32_t begin = 0;
  std::uint32_t length = 1;
  std::string message = {};
  std::uint32_t below = 0;  ///< as in Token
};

struct LexedLine {
  std::vector<Token> tokens;
  std::optional<LexError> error;
};

/// `comment` is the ARCH's own mark, empty for none.
LexedLine lex(std::string_view line, std::string_view comment);

/// Tokens as a text that reads the same.
std::string text_of(std::span<const Token> tokens);

/// Names without quotes are made of these.
bool starts_name(char byte);
bool continues_name(char byte);
/// A to Z as small letters.
std::string lower(std::string_view text);

}  // namespace cmos::assembler

// CASM's words (docs/coil.md 4.1), one line at a time.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "coil/syntax.h"

namespace cmos::casm {

struct Token {
  enum class Kind : std::uint8_t {
    kEnd,
    kName,  ///< an identifier, or a section's name with its dot
    kInteger,
    kFloat,
    kString,
    kCharacter,  ///< `integer` is its value
    kSign,       ///< one of , : + - * = | # [ ] ( ) < > ! @, and two-character comparisons
  };
  Kind kind = Kind::kEnd;
  std::uint32_t line = 0;  ///< from 1
  std::uint32_t begin = 0;
  std::uint32_t length = 0;
  std::string_view raw;
  std::string text;  ///< of strings, without quotes and escapes; of floats without separators
  std::uint64_t integer = 0;
};

/// Reads one line's tokens; what is wrong is reported and skipped. A statement may be told to go on
/// in the next line behind a comma.
class Lexer {
 public:
  Lexer(std::string_view line, std::uint32_t file, std::uint32_t number,
        source::Reporter& reporter);

  const Token& peek() const { return token_; }
  Token next();
  /// Takes the sign when it is the next token.
  bool take(std::string_view sign);
  bool at_end() const { return token_.kind == Token::Kind::kEnd; }
  bool at_sign(std::string_view sign) const {
    return token_.kind == Token::Kind::kSign && token_.raw == sign;
  }
  Span span() const { return span_of(token_); }
  Span span_of(const Token& token) const { return {file_, token.line, token.begin, token.length}; }
  /// From `begin` to the end of what was taken last, as far as that is in one line.
  Span since(std::uint32_t begin) const {
    return {file_, last_line_, std::min(begin, last_end_), last_end_ - std::min(begin, last_end_)};
  }
  /// From here on the line that follows a comma at the end belongs to this one. `following` are
  /// the lines of the source behind this one.
  void go_on(std::span<const std::string_view> following) { following_ = following; }
  /// How many of them were read.
  std::size_t lines_taken() const { return taken_; }
  bool failed() const { return failed_; }
  void error(Span where, std::string message, std::uint32_t code);

 private:
  void read();
  void skip_space();
  void read_number();
  void read_based(unsigned base, std::uint32_t start);
  void read_float(std::uint32_t start);
  void read_quoted(char quote);
  bool escape(std::string& out);
  void finish(Token::Kind kind, std::uint32_t start);
  char at(std::uint32_t index) const { return index < line_.size() ? line_[index] : '\0'; }

  std::string_view line_;
  std::uint32_t file_;
  std::uint32_t line_number_;
  source::Reporter& reporter_;
  std::uint32_t position_ = 0;
  std::uint32_t last_end_ = 0;
  std::uint32_t last_line_ = 0;
  std::span<const std::string_view> following_;
  std::size_t taken_ = 0;
  bool behind_comma_ = false;
  Token token_;
  bool failed_ = false;
};

/// "message [0x01000001]": how all errors of casm end.
std::string with_code(std::string message, std::uint32_t code);

/// The numeric codes of casm's errors.
namespace code {
inline constexpr std::uint32_t kInvalidToken = 0x01000001;
inline constexpr std::uint32_t kUnexpectedEnd = 0x01000002;
inline constexpr std::uint32_t kMissingOperand = 0x01000003;
inline constexpr std::uint32_t kExtraOperand = 0x01000004;
inline constexpr std::uint32_t kInvalidLabel = 0x01000005;
inline constexpr std::uint32_t kScope = 0x01010001;
inline constexpr std::uint32_t kInstruction = 0x01020001;
inline constexpr std::uint32_t kOperand = 0x01020002;
inline constexpr std::uint32_t kUnsupported = 0x01020003;
inline constexpr std::uint32_t kRedeclared = 0x01030001;
inline constexpr std::uint32_t kUndeclared = 0x01030002;
inline constexpr std::uint32_t kVariableId = 0x01030003;
inline constexpr std::uint32_t kType = 0x01040001;
inline constexpr std::uint32_t kRange = 0x01040002;
inline constexpr std::uint32_t kUndefined = 0x01050001;
inline constexpr std::uint32_t kDuplicate = 0x01050002;
inline constexpr std::uint32_t kAbiName = 0x01050003;
inline constexpr std::uint32_t kSection = 0x01060001;
inline constexpr std::uint32_t kDataInCode = 0x01070001;
inline constexpr std::uint32_t kDirective = 0x01070002;
inline constexpr std::uint32_t kInclude = 0x01070003;
inline constexpr std::uint32_t kConditional = 0x01070004;
}  // namespace code

}  // namespace cmos::casm

// What --defsym may say after '=': numbers and symbols with C's operators, as in linker scripts.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cmos::linker {

/// In the order in which a machine with a stack would calculate it.
class Expression {
 public:
  /// Numbers are decimal, octal with a leading 0, or hexadecimal, with K or M behind them;
  /// operators those of C without assignment, by C's precedence, on unsigned numbers of 64 bits;
  /// ALIGN(x, to), MIN, MAX, ABSOLUTE and DEFINED(symbol) are known. Fails with kUsage.
  static Result<Expression> parse(std::string_view text);

  /// Names of symbols, each once, but for those that only DEFINED() asks about.
  std::vector<std::string> symbols() const;
  bool names_symbols() const;
  /// Nothing when something is divided by zero. `address` answers for symbols that are defined.
  using Lookup = std::function<std::optional<std::uint64_t>(std::string_view name)>;
  std::optional<std::uint64_t> evaluate(const Lookup& address) const;

 private:
  friend class ExpressionParser;
  enum class Kind : std::uint8_t { kNumber, kSymbol, kDefined, kUnary, kBinary, kChoice, kCall };
  struct Step {
    Kind kind = Kind::kNumber;
    std::uint64_t number = 0;
    std::string text = {};  ///< symbol, operator or function
  };
  std::vector<Step> steps_;
};

}  // namespace cmos::linker

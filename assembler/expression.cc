#include "assembler/expression.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace cmos::assembler {
namespace {

constexpr unsigned kDeepest = 200;

struct Operator {
  std::string_view text;
  unsigned level;  ///< higher binds closer
};
// Two characters first: tokens are single characters.
constexpr std::array<Operator, 18> kOperators{{{"||", 1},
                                               {"&&", 2},
                                               {"==", 6},
                                               {"!=", 6},
                                               {"<<", 8},
                                               {">>", 8},
                                               {"<=", 7},
                                               {">=", 7},
                                               {"|", 3},
                                               {"^", 4},
                                               {"&", 5},
                                               {"<", 7},
                                               {">", 7},
                                               {"+", 9},
                                               {"-", 9},
                                               {"*", 10},
                                               {"/", 10},
                                               {"%", 10}}};

class Parser {
 public:
  Parser(Cursor& cursor, const Names& names, Reporter& reporter, bool symbols)
      : cursor_(cursor), names_(names), reporter_(reporter), symbols_(symbols) {}

  std::optional<Value> expression(unsigned lowest) {
    if (++depth_ > kDeepest) return fail(cursor_.here(), "the expression is nested too deeply");
    auto left = operand();
    while (left) {
      const Operator* op = next_operator();
      if (op == nullptr || op->level < lowest) break;
      const Span where = cursor_.here();
      for (std::size_t i = 0; i < op->text.size(); ++i) cursor_.next();
      auto right = expression(op->level + 1);
      if (!right) return std::nullopt;
      left = combine(*op, *left, *right, where);
    }
    --depth_;
    return left;
  }

 private:
  std::optional<Value> fail(Span where, std::string message) {
    reporter_.error(where, std::move(message));
    return std::nullopt;
  }

  const Operator* next_operator() const {
    const Token* first = cursor_.peek();
    if (first == nullptr || first->kind != TokenKind::kPunctuation) return nullptr;
    const Token* second = cursor_.peek(1);
    for (const Operator& op : kOperators) {
      if (op.text[0] != first->text[0]) continue;
      if (op.text.size() == 1) return &op;
      const bool adjacent = second != nullptr && second->begin == first->end() &&
                            second->kind == TokenKind::kPunctuation;
      if (adjacent && second->text[0] == op.text[1]) return &op;
    }
    return nullptr;
  }

  std::optional<Value> operand() {
    const Span where = cursor_.here();
    const Token* token = cursor_.next();
    if (token == nullptr) return fail(where, "a value is missing here");
    switch (token->kind) {
      case TokenKind::kNumber:
        return number(*token);
      case TokenKind::kChar: {
        std::string error;
        const auto value = character_value(token->text, error);
        if (!value) return fail(where, error);
        return Value{*value};
      }
      case TokenKind::kName:
        return name(*token);
      case TokenKind::kString:
        if (symbols_) return symbol(*token);
        return fail(where, "a number is expected here, not a string");
      case TokenKind::kPunctuation:
        return unary(*token);
    }
    return std::nullopt;
  }

  std::optional<Value> unary(const Token& token) {
    const Span where = cursor_.span(token);
    if (token.is("(")) {
      auto inside = expression(1);
      if (inside && !cursor_.take(")")) return fail(cursor_.here(), "')' is missing here");
      return inside;
    }
    if (std::string_view("-+~!").find(token.text) == std::string_view::npos)
      return fail(where, fmt::format("a value is expected here, not '{}'", token.text));
    if (++depth_ > kDeepest) return fail(where, "the expression is nested too deeply");
    auto inside = operand();
    --depth_;
    if (!inside) return inside;
    if (inside->symbol) return fail(where, "an address can only be added to and subtracted from");
    switch (token.text[0]) {
      case '-':
        inside->number = -inside->number;
        break;
      case '~':
        inside->number = ~inside->number;
        break;
      case '!':
        inside->number = inside->number == 0 ? 1 : 0;
        break;
      default:
        break;
    }
    return inside;
  }

  std::optional<Value> number(const Token& token) {
    const Span where = cursor_.span(token);
    const auto value = parse_integer(token.text);
    if (!value) {
      const bool is_float =
          parse_float(token.text).has_value() && token.text.find('.') != std::string_view::npos;
      return fail(where, is_float ? fmt::format("'{}' is no whole number", token.text)
                                  : fmt::format("'{}' is no number of at most 64 bits (decimal, "
                                                "0x…, 0b…, 0o…)",
                                                token.text));
    }
    if (has_leading_zero(token.text))
      reporter_.warning(where, fmt::format("'{}' is decimal here; octal is written 0o{}",
                                           token.text, token.text.substr(1)));
    return Value{*value};
  }

  std::optional<Value> name(const Token& token) {
    if (token.text == "sizeof" && cursor_.peek() != nullptr && cursor_.peek()->is("("))
      return size_of();
    if (const auto value = names_.define(token.text)) return Value{*value};
    if (symbols_) return symbol(token);
    return fail(cursor_.span(token),
                fmt::format("'{}' is not a number known here (.define)", token.text));
  }

  std::optional<Value> size_of() {
    cursor_.next();
    const Span where = cursor_.here();
    const Token* token = cursor_.next();
    if (token == nullptr || token->kind != TokenKind::kName || !cursor_.take(")"))
      return fail(where, "sizeof(NAME) takes the name of a constant or variable");
    const auto size = names_.size(token->text);
    if (!size)
      return fail(
          where, fmt::format("sizeof: no constant or variable '{}' before this line", token->text));
    return Value{*size};
  }

  std::optional<Value> symbol(const Token& token) {
    Value value;
    value.symbol =
        token.kind == TokenKind::kString ? unescape(token.text).bytes : std::string(token.text);
    value.symbol_at = cursor_.span(token);
    return value;
  }

  std::optional<Value> combine(const Operator& op, const Value& left, const Value& right,
                               Span where) {
    Value out;
    if (left.symbol || right.symbol) {
      const bool add = op.text == "+" && !(left.symbol && right.symbol);
      const bool subtract = op.text == "-" && !right.symbol;
      if (!add && !subtract)
        return fail(where, "an address can only be added to and subtracted from");
      out = left.symbol ? left : right;
    }
    const auto number = calculate(op.text, left.number, right.number, where);
    if (!number) return std::nullopt;
    out.number = *number;
    return out;
  }

  std::optional<Integer> calculate(std::string_view op, Integer a, Integer b, Span where) {
    Integer result = 0;
    if (op == "+") result = a + b;
    if (op == "-") result = a - b;
    if (op == "&") result = a & b;
    if (op == "|") result = a | b;
    if (op == "^") result = a ^ b;
    if (op == "==") result = a == b;
    if (op == "!=") result = a != b;
    if (op == "<") result = a < b;
    if (op == ">") result = a > b;
    if (op == "<=") result = a <= b;
    if (op == ">=") result = a >= b;
    if (op == "&&") result = a != 0 && b != 0;
    if (op == "||") result = a != 0 || b != 0;
    if (op == "*" && __builtin_mul_overflow(a, b, &result)) result = kLargest + 1;
    if (op == "/" || op == "%") {
      if (b == 0) {
        reporter_.error(where, "division by zero");
        return std::nullopt;
      }
      result = op == "/" ? a / b : a % b;
    }
    if (op == "<<" || op == ">>") {
      if (b < 0 || b > 63) {
        reporter_.error(where, fmt::format("shift by {}: 0 to 63 is possible", to_text(b)));
        return std::nullopt;
      }
      // By a factor: shifting a negative number is not a matter of bits here.
      const Integer factor = static_cast<Integer>(1) << static_cast<unsigned>(b);
      result = op == "<<" ? a * factor : (a - (a < 0 ? factor - 1 : 0)) / factor;
    }
    if (result > kLargest || result < -kLargest) {
      reporter_.error(where, "the result does not fit 64 bits");
      return std::nullopt;
    }
    return result;
  }

  Cursor& cursor_;
  const Names& names_;
  Reporter& reporter_;
  bool symbols_;
  unsigned depth_ = 0;
};

}  // namespace

bool Cursor::take(std::string_view punctuation) {
  if (at_end() || !tokens_[at_].is(punctuation)) return false;
  ++at_;
  return true;
}

Span Cursor::span(const Token& token) const {
  Span out = line_;
  out.begin = token.begin;
  out.length = token.length();
  return out;
}

Span Cursor::here() const {
  if (!at_end()) return span(tokens_[at_]);
  Span out = line_;
  out.begin = tokens_.empty() ? 0 : tokens_.back().end();
  out.length = 1;
  return out;
}

std::optional<Value> parse_expression(Cursor& cursor, const Names& names, Reporter& reporter,
                                      bool symbols) {
  return Parser(cursor, names, reporter, symbols).expression(1);
}

std::optional<Integer> parse_number(Cursor& cursor, const Names& names, Reporter& reporter) {
  const auto value = parse_expression(cursor, names, reporter, false);
  if (!value) return std::nullopt;
  return value->number;
}

}  // namespace cmos::assembler

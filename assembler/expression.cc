#include "assembler/expression.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace cmos::assembler {
namespace {

constexpr unsigned kDeepest = 200;
constexpr const char* kAddressRule =
    "an address can only be added to and subtracted from, once: NAME + NUMBER, NAME - OTHER_NAME";
constexpr const char* kRegisterRule =
    "a register can only be added, and multiplied by a number, inside brackets";

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

constexpr Operator kPlus{"+", 9};

class Parser {
 public:
  Parser(Cursor& cursor, const Names& names, Reporter& reporter, bool symbols)
      : cursor_(cursor), names_(names), reporter_(reporter), symbols_(symbols) {}

  std::optional<Value> expression(unsigned lowest) {
    if (++depth_ > kDeepest) return fail(cursor_.here(), "the expression is nested too deeply");
    auto left = operand();
    while (left) {
      if (starts_brackets()) {  // MASM's table[rax*8] is a sum
        const Span where = cursor_.here();
        auto right = operand();
        if (!right) return std::nullopt;
        left = combine(kPlus, *left, *right, where);
        continue;
      }
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
                            second->below == first->below &&
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

  bool starts_brackets() const {
    return names_.is_register && cursor_.peek() != nullptr && cursor_.peek()->is("[");
  }

  /// The inside of [ ], the bracket itself being read already.
  std::optional<Value> brackets(const Token& open) {
    bool relative = false;
    bool absolute = false;
    std::string_view segment;
    for (const Token* word = cursor_.peek(); word != nullptr && word->kind == TokenKind::kName;
         word = cursor_.peek()) {
      const std::string text = lower(word->text);
      const Token* behind = cursor_.peek(1);
      if (behind != nullptr && behind->is(":")) {
        segment = word->text;
        cursor_.next();
      } else if (text == "rel") {
        relative = true;
      } else if (text == "abs") {
        absolute = true;
      } else {
        break;
      }
      cursor_.next();
    }
    auto inside = expression(1);
    if (!inside) return inside;
    if (!cursor_.take("]"))
      return cursor_.at_end() ? fail(cursor_.span(open), "'[' without ']'")
                              : fail(cursor_.here(), "']' or an operator is expected here");
    inside->brackets = true;
    inside->relative = inside->relative || relative;
    inside->absolute = inside->absolute || absolute;
    if (!segment.empty()) inside->segment = segment;
    return inside;
  }

  std::optional<Value> unary(const Token& token) {
    const Span where = cursor_.span(token);
    if (token.is("(")) {
      auto inside = expression(1);
      if (inside && !cursor_.take(")")) return fail(cursor_.here(), "')' is missing here");
      return inside;
    }
    if (token.is("[") && names_.is_register) return brackets(token);
    if (std::string_view("-+~!").find(token.text) == std::string_view::npos)
      return fail(where, fmt::format("a value is expected here, not '{}'", token.text));
    if (++depth_ > kDeepest) return fail(where, "the expression is nested too deeply");
    auto inside = operand();
    --depth_;
    if (!inside) return inside;
    if (inside->symbol || inside->minus) return fail(where, kAddressRule);
    if (inside->brackets) return fail(where, "this cannot stand before '['");
    switch (token.text[0]) {
      case '-':
        inside->number = -inside->number;
        for (RegisterTerm& term : inside->registers) term.factor = -term.factor;
        break;
      case '~':
      case '!':
        if (!inside->registers.empty()) return fail(where, kRegisterRule);
        inside->number = token.is("~") ? ~inside->number : inside->number == 0 ? 1 : 0;
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
    if ((token.text == "sizeof" || token.text == "countof") && cursor_.peek() != nullptr &&
        cursor_.peek()->is("("))
      return extent(token.text);
    if (names_.is_register) {
      if (names_.is_register(token.text)) {
        Value value;
        value.registers.push_back({token.text, 1, false, cursor_.span(token)});
        return value;
      }
      if (lower(token.text) == "offset") {
        auto inside = operand();
        if (inside) inside->address = true;
        return inside;
      }
    }
    if (auto value = names_.define(token.text)) return value;
    if (symbols_) return symbol(token);
    return fail(cursor_.span(token),
                fmt::format("'{}' is not a number known here (.define)", token.text));
  }

  /// sizeof(NAME), countof(NAME).
  std::optional<Value> extent(std::string_view word) {
    cursor_.next();
    const Span where = cursor_.here();
    const Token* token = cursor_.next();
    if (token == nullptr || token->kind != TokenKind::kName || !cursor_.take(")"))
      return fail(
          where, fmt::format("{}(NAME) takes the name of a constant, variable or structure", word));
    const auto value = word == "sizeof" ? names_.size(token->text) : names_.count(token->text);
    if (!value)
      return fail(where, fmt::format("{}: no constant, variable or structure '{}' before this line",
                                     word, token->text));
    return Value{*value};
  }

  std::optional<Value> symbol(const Token& token) {
    Value value;
    // GNU's `.` is `$`.
    const std::string_view text = token.text == "." ? std::string_view("$") : token.text;
    value.symbol =
        Reference{token.kind == TokenKind::kString ? unescape(text).bytes : std::string(text),
                  cursor_.span(token)};
    return value;
  }

  std::optional<Value> combine(const Operator& op, Value left, Value right, Span where) {
    const bool plain = left.is_number() && right.is_number();
    const bool sum = op.text == "+" || op.text == "-";
    if (!plain && !sum) {
      if (left.brackets || right.brackets)
        return fail(where, fmt::format("'{}' cannot stand beside brackets", op.text));
      if (left.symbol || right.symbol || left.minus || right.minus)
        return fail(where, kAddressRule);
      return scale(op, std::move(left), std::move(right), where);
    }
    if (!plain && op.text == "-") {
      if (right.brackets) return fail(where, "'-' cannot stand before '['");
      std::swap(right.symbol, right.minus);
      for (RegisterTerm& term : right.registers) term.factor = -term.factor;
    }
    const auto number = calculate(op.text, left.number, right.number, where);
    if (!number) return std::nullopt;
    left.number = *number;
    if (plain) return left;
    if (!take_in(left.symbol, right.symbol) || !take_in(left.minus, right.minus))
      return fail(where, kAddressRule);
    if (left.symbol && left.minus && left.symbol->name == left.minus->name) {
      left.symbol.reset();
      left.minus.reset();
    }
    left.registers.insert(left.registers.end(), right.registers.begin(), right.registers.end());
    left.brackets = left.brackets || right.brackets;
    left.address = left.address || right.address;
    left.relative = left.relative || right.relative;
    left.absolute = left.absolute || right.absolute;
    if (left.segment.empty()) left.segment = right.segment;
    return left;
  }

  /// One mention at most.
  static bool take_in(std::optional<Reference>& left, std::optional<Reference>& right) {
    if (left && right) return false;
    if (right) left = std::move(right);
    return true;
  }

  /// (registers + number) * number: every part is multiplied.
  std::optional<Value> scale(const Operator& op, Value left, Value right, Span where) {
    if (left.registers.empty()) std::swap(left, right);
    if (op.text != "*" || !right.registers.empty()) return fail(where, kRegisterRule);
    for (RegisterTerm& term : left.registers) {
      const auto factor = calculate("*", term.factor, right.number, where);
      if (!factor) return std::nullopt;
      term.factor = *factor;
      term.scaled = true;
    }
    const auto number = calculate("*", left.number, right.number, where);
    if (!number) return std::nullopt;
    left.number = *number;
    return left;
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
  out.line += token.below;
  out.begin = token.begin;
  out.length = token.length();
  return out;
}

Span Cursor::here() const {
  if (!at_end()) return span(tokens_[at_]);
  Span out = line_;
  out.line += tokens_.empty() ? 0 : tokens_.back().below;
  out.begin = tokens_.empty() ? 0 : tokens_.back().end();
  out.length = 1;
  return out;
}

Span Cursor::span(std::size_t first, std::size_t end) const {
  if (first >= tokens_.size() || end <= first) return here();
  Span out = span(tokens_[first]);
  if (tokens_[end - 1].below == tokens_[first].below && tokens_[end - 1].end() > out.begin)
    out.length = tokens_[end - 1].end() - out.begin;
  return out;
}

std::optional<Value> parse_expression(Cursor& cursor, const Names& names, Reporter& reporter,
                                      bool symbols) {
  return Parser(cursor, names, reporter, symbols).expression(1);
}

std::optional<Integer> parse_number(Cursor& cursor, const Names& names, Reporter& reporter) {
  const Span where = cursor.here();
  const auto value = parse_expression(cursor, names, reporter, false);
  if (!value) return std::nullopt;
  if (value->is_number()) return value->number;
  reporter.error(where, "a number is expected here, not an address");
  return std::nullopt;
}

}  // namespace cmos::assembler

#include "linker/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace cmos::linker {
namespace {

/// Loosest first.
constexpr std::array<std::string_view, 19> kOperators{
    "||", "&&", "|", "^", "&", "==", "!=", "<=", ">=", "<<",
    ">>", "<",  ">", "+", "-", "*",  "/",  "%",  ""};
int precedence(std::string_view op) {
  constexpr std::array<int, 18> kLevels{1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 8, 7, 7, 9, 9, 10, 10, 10};
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kOperators[i] == op) return kLevels[i];
  }
  return 0;
}

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool continues_name(char c) {
  return starts_name(c) || is_digit(c) || c == '@';
}

std::optional<std::uint64_t> binary(std::string_view op, std::uint64_t a, std::uint64_t b) {
  if (op == "||") return a != 0 || b != 0;
  if (op == "&&") return a != 0 && b != 0;
  if (op == "|") return a | b;
  if (op == "^") return a ^ b;
  if (op == "&") return a & b;
  if (op == "==") return a == b;
  if (op == "!=") return a != b;
  if (op == "<=") return a <= b;
  if (op == ">=") return a >= b;
  if (op == "<") return a < b;
  if (op == ">") return a > b;
  if (op == "<<") return b < 64 ? a << b : 0;
  if (op == ">>") return b < 64 ? a >> b : 0;
  if (op == "+") return a + b;
  if (op == "-") return a - b;
  if (op == "*") return a * b;
  if (b == 0) return std::nullopt;
  return op == "/" ? a / b : a % b;
}

struct Function {
  std::string_view name;
  unsigned arguments;
};
constexpr std::array<Function, 4> kFunctions{
    {{"ALIGN", 2}, {"MIN", 2}, {"MAX", 2}, {"ABSOLUTE", 1}}};

std::uint64_t call(std::string_view name, std::uint64_t a, std::uint64_t b) {
  if (name == "MIN") return std::min(a, b);
  if (name == "MAX") return std::max(a, b);
  if (name == "ALIGN") return b == 0 ? a : (a + b - 1) / b * b;
  return a;
}

}  // namespace

/// Precedence climbing.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Result<Expression> parse() {
    CMOS_TRY_VOID(choice(0));
    skip();
    if (at_ != text_.size()) return wrong("an operator");
    return std::move(out_);
  }

 private:
  using Kind = Expression::Kind;
  static constexpr int kDeepest = 200;

  tl::unexpected<Error> wrong(std::string_view expected) const {
    return fail(
        ErrorCode::kUsage,
        fmt::format("{} is expected {}", expected,
                    at_ < text_.size() ? fmt::format("before '{}'", presentable(text_.substr(at_)))
                                       : "at the end"));
  }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool take(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void add(Kind kind, std::string_view text, std::uint64_t number = 0) {
    out_.steps_.push_back({kind, number, std::string(text)});
  }

  Result<void> choice(int depth) {
    CMOS_TRY_VOID(operation(1, depth));
    if (!take("?")) return {};
    CMOS_TRY_VOID(choice(depth + 1));
    if (!take(":")) return wrong("':'");
    CMOS_TRY_VOID(choice(depth + 1));
    add(Kind::kChoice, "?");
    return {};
  }

  std::string_view next_operator() {
    skip();
    std::string_view best;
    for (const std::string_view one : kOperators) {
      if (one.size() > best.size() && text_.substr(at_).starts_with(one)) best = one;
    }
    return best;
  }

  Result<void> operation(int least, int depth) {
    CMOS_TRY_VOID(operand(depth));
    for (;;) {
      const std::string_view op = next_operator();
      const int level = precedence(op);
      if (level < least || level == 0) return {};
      at_ += op.size();
      CMOS_TRY_VOID(operation(level + 1, depth + 1));
      add(Kind::kBinary, op);
    }
  }

  Result<void> operand(int depth) {
    if (depth > kDeepest) return wrong("a simpler expression");
    for (const std::string_view op : {"-", "~", "!", "+"}) {
      if (!take(op)) continue;
      CMOS_TRY_VOID(operand(depth + 1));
      add(Kind::kUnary, op);
      return {};
    }
    if (take("(")) {
      CMOS_TRY_VOID(choice(depth + 1));
      return take(")") ? Result<void>{} : wrong("')'");
    }
    skip();
    if (at_ < text_.size() && is_digit(text_[at_])) return number();
    if (at_ < text_.size() && starts_name(text_[at_])) return name(depth);
    return wrong("a number or a symbol");
  }

  Result<void> number() {
    int base = 10;
    if (text_.substr(at_).starts_with("0x") || text_.substr(at_).starts_with("0X")) {
      base = 16;
      at_ += 2;
    } else if (text_[at_] == '0') {
      base = 8;
    }
    std::uint64_t value = 0;
    const char* first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value, base);
    if (error != std::errc()) return wrong("a number of 64 bits");
    at_ += static_cast<std::size_t>(end - first);
    if (take("K") || take("k")) value <<= 10;
    if (take("M") || take("m")) value <<= 20;
    add(Kind::kNumber, {}, value);
    return {};
  }

  Result<void> name(int depth) {
    const std::size_t start = at_;
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    const std::string_view found = text_.substr(start, at_ - start);
    if (found == "DEFINED") return defined();
    for (const Function& one : kFunctions) {
      if (one.name == found && take("(")) return call_of(one, depth);
    }
    add(Kind::kSymbol, found);
    return {};
  }

  Result<void> defined() {
    if (!take("(")) return wrong("'('");
    skip();
    const std::size_t start = at_;
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    if (at_ == start) return wrong("a symbol");
    add(Kind::kDefined, text_.substr(start, at_ - start));
    return take(")") ? Result<void>{} : wrong("')'");
  }

  Result<void> call_of(const Function& function, int depth) {
    CMOS_TRY_VOID(choice(depth + 1));
    if (function.arguments == 2) {
      if (!take(",")) return wrong("','");
      CMOS_TRY_VOID(choice(depth + 1));
    } else {
      add(Kind::kNumber, {});
    }
    add(Kind::kCall, function.name);
    return take(")") ? Result<void>{} : wrong("')'");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Expression out_;
};

Result<Expression> Expression::parse(std::string_view text) {
  return ExpressionParser(text).parse();
}

std::vector<std::string> Expression::symbols() const {
  std::vector<std::string> out;
  for (const Step& step : steps_) {
    if (step.kind == Kind::kSymbol && std::find(out.begin(), out.end(), step.text) == out.end())
      out.push_back(step.text);
  }
  return out;
}

bool Expression::names_symbols() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const Step& one) {
    return one.kind == Kind::kSymbol || one.kind == Kind::kDefined;
  });
}

std::optional<std::uint64_t> Expression::evaluate(const Lookup& address) const {
  std::vector<std::uint64_t> stack;
  const auto pop = [&] {
    const std::uint64_t top = stack.back();
    stack.pop_back();
    return top;
  };
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Kind::kNumber:
        stack.push_back(step.number);
        break;
      case Kind::kSymbol:
        stack.push_back(address(step.text).value_or(0));
        break;
      case Kind::kDefined:
        stack.push_back(address(step.text) ? 1 : 0);
        break;
      case Kind::kUnary: {
        const std::uint64_t value = pop();
        stack.push_back(step.text == "-"   ? 0 - value
                        : step.text == "~" ? ~value
                        : step.text == "!" ? (value == 0 ? 1 : 0)
                                           : value);
        break;
      }
      case Kind::kChoice: {
        const std::uint64_t otherwise = pop();
        const std::uint64_t then = pop();
        stack.push_back(pop() != 0 ? then : otherwise);
        break;
      }
      case Kind::kBinary:
      case Kind::kCall: {
        const std::uint64_t b = pop();
        const std::uint64_t a = pop();
        const auto value = step.kind == Kind::kBinary
                               ? binary(step.text, a, b)
                               : std::optional<std::uint64_t>(call(step.text, a, b));
        if (!value) return std::nullopt;
        stack.push_back(*value);
        break;
      }
    }
  }
  return stack.back();
}

}  // namespace cmos::linker

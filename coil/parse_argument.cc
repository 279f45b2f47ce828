// Operands as they are written.
#include <fmt/format.h>

#include "coil/expression.h"
#include "coil/parser.h"
#include "formats/coil/codes.h"

namespace cmos::casm {
namespace {

using Kind = Argument::Kind;

class ArgumentParser {
 public:
  explicit ArgumentParser(Lexer& in) : in_(in) {}

  Argument argument();

 private:
  void fail(Span where, std::string message, std::uint32_t code = code::kInvalidToken) {
    in_.error(where, std::move(message), code);
  }
  std::uint32_t id(std::uint32_t most, std::string_view what);
  Argument number();
  Argument list();
  Argument memory();
  TermText term(bool negative);
  void term_name(TermText& out);
  TypeText type(std::string_view first);
  void type_level(TypeText& out, std::string_view name);
  void type_tail(TypeText& out);
  void counts(TypeText& out);

  Lexer& in_;
};

std::uint32_t ArgumentParser::id(std::uint32_t most, std::string_view what) {
  const Span where = in_.span();
  if (in_.peek().kind != Token::Kind::kInteger) {
    fail(where, fmt::format("a number must follow '{}'", what));
    return 1;
  }
  const std::uint64_t value = in_.next().integer;
  if (value > most || (value == 0 && what == "#")) {
    fail(where,
         what == "#" ? fmt::format("variables are #1 to #{}", most)
                     : fmt::format("at most {}", most),
         code::kVariableId);
    return 1;
  }
  return static_cast<std::uint32_t>(value);
}

Argument ArgumentParser::number() {
  Argument out;
  const bool negative = in_.take("-");
  if (in_.peek().kind == Token::Kind::kFloat) {
    out.kind = Kind::kFloat;
    out.text = (negative ? "-" : "") + in_.next().text;
    return out;
  }
  const auto value = read_constant(in_, negative);
  if (!value) {
    fail(in_.span(), in_.at_end() ? "an operand is missing" : "no operand begins like this",
         in_.at_end() ? code::kMissingOperand : code::kInvalidToken);
    return out;
  }
  out.integer = *value;
  return out;
}

Argument ArgumentParser::list() {
  Argument out;
  out.kind = Kind::kList;
  in_.next();
  while (!in_.failed()) {
    std::string_view item_name;
    Argument item = argument();
    if (item.kind == Kind::kName && in_.take("=")) {
      item_name = item.name;
      item = argument();
    }
    out.items.push_back(std::move(item));
    out.names.push_back(item_name);
    if (in_.take(")")) break;
    if (!in_.take(",")) fail(in_.span(), "',' or ')' must follow", code::kUnexpectedEnd);
  }
  return out;
}

void ArgumentParser::term_name(TermText& out) {
  const Token token = in_.next();
  constexpr std::string_view kType = "TYPE_";
  if (!token.raw.starts_with(kType)) {
    out.kind = TermText::Kind::kName;
    out.name = token.raw;
    if (in_.at_sign(":")) fail(in_.span(), "segments have no encoding in COIL", code::kUnsupported);
    return;
  }
  const TypeText text = type(token.raw);
  if (text.levels.size() != 1 || text.levels[0].row == nullptr ||
      text.levels[0].row->code != coil::type::kGeneralRegister)
    return fail(in_.since(token.begin), "in memory operands only TYPE_RGP=… is a register",
                code::kOperand);
  out.kind = TermText::Kind::kRegister;
  out.name = text.name;
  out.register_number = text.number;
}

TermText ArgumentParser::term(bool negative) {
  TermText out;
  const std::uint32_t begin = in_.peek().begin;
  out.negative = negative;
  if (in_.take("#")) {
    out.kind = TermText::Kind::kVariable;
    out.id = id(UINT16_MAX, "#");
  } else if (in_.take("@")) {
    out.kind = TermText::Kind::kSymbolIndex;
    out.id = id(UINT16_MAX, "@");
  } else if (in_.peek().kind == Token::Kind::kName) {
    term_name(out);
  } else if (const auto value = read_integer(in_)) {
    out.number = *value;
  } else {
    fail(in_.span(), "a variable, a name, a register or a number must follow",
         code::kMissingOperand);
  }
  if (in_.take("*")) {
    const auto scale = read_integer(in_);
    if (!scale || scale->negative)
      fail(in_.span(), "a number must follow '*'");
    else
      out.scale = scale->magnitude;
  }
  out.span = in_.since(begin);
  return out;
}

Argument ArgumentParser::memory() {
  Argument out;
  out.kind = Kind::kMemory;
  in_.next();
  bool negative = in_.take("-");
  while (!in_.failed()) {
    out.terms.push_back(term(negative));
    if (in_.take("]")) break;
    negative = in_.at_sign("-");
    if (!negative && !in_.at_sign("+")) {
      fail(in_.span(), "'+', '-' or ']' must follow", code::kUnexpectedEnd);
      break;
    }
    in_.next();
  }
  return out;
}

struct Extension {
  std::string_view name;
  std::uint8_t bit;
};
constexpr Extension kExtensions[] = {
    {"CONST", coil::extension::kConst},  {"VOLATILE", coil::extension::kVolatile},
    {"VOID", coil::extension::kNoValue}, {"IMM", coil::extension::kImmediate},
    {"VAR", coil::extension::kVariable}, {"SYM", coil::extension::kSymbol}};

void ArgumentParser::type_level(TypeText& out, std::string_view name) {
  TypeText::Level level;
  level.row = coil::type_named(name.substr(5));
  if (level.row == nullptr) level.name = name;
  while (in_.take("+")) {
    const Token word = in_.next();
    bool known = false;
    for (const Extension& one : kExtensions) {
      if (one.name != word.raw) continue;
      level.extension |= one.bit;
      known = true;
    }
    if (!known)
      return fail(in_.span_of(word), "CONST, VOLATILE, VOID, IMM, VAR or SYM must follow '+'",
                  code::kType);
  }
  out.levels.push_back(level);
}

void ArgumentParser::counts(TypeText& out) {
  while (in_.take("[")) {
    if (in_.take("]")) {
      out.counts.emplace_back();
      continue;
    }
    const Span where = in_.span();
    const auto count = read_constant(in_);
    if (!count || !count->fits_unsigned(32))
      return fail(where, "a length is a number of 32 bits", code::kType);
    out.counts.emplace_back(static_cast<std::uint32_t>(count->magnitude));
    if (!in_.take("]")) return fail(in_.span(), "']' must follow", code::kUnexpectedEnd);
  }
}

void ArgumentParser::type_tail(TypeText& out) {
  out.name_span = in_.span();
  if (in_.take("@")) {
    out.number = Integer{id(UINT16_MAX, "@"), false};
  } else if (in_.take("#")) {
    out.number = Integer{id(UINT16_MAX, "#"), false};
  } else if (in_.peek().kind == Token::Kind::kString) {
    out.bytes = in_.next().text;
  } else if (in_.peek().kind == Token::Kind::kName) {
    out.name = in_.next().raw;
  } else {
    const bool negative = in_.take("-");
    if (in_.peek().kind == Token::Kind::kFloat) {
      out.decimal = (negative ? "-" : "") + in_.next().text;
      return;
    }
    out.number = read_constant(in_, negative);
    if (!out.number)
      return fail(in_.span(), "a type, a name or a number must follow '='", code::kMissingOperand);
  }
  if (!in_.take("=")) return;
  if (in_.peek().kind != Token::Kind::kName)
    return fail(in_.span(), "an ABI's name must follow '='", code::kMissingOperand);
  out.abi = in_.next().raw;
}

TypeText ArgumentParser::type(std::string_view first) {
  TypeText out;
  type_level(out, first);
  while (!in_.failed() && in_.take("=")) {
    const Token& token = in_.peek();
    if (token.kind != Token::Kind::kName || !token.raw.starts_with("TYPE_")) {
      type_tail(out);
      break;
    }
    type_level(out, in_.next().raw);
  }
  counts(out);
  return out;
}

Argument ArgumentParser::argument() {
  const std::uint32_t begin = in_.peek().begin;
  Argument out;
  switch (in_.peek().kind) {
    case Token::Kind::kString:
      out.kind = Kind::kString;
      out.text = in_.next().text;
      break;
    case Token::Kind::kName: {
      const Token token = in_.next();
      if (token.raw.starts_with("TYPE_")) {
        out.kind = Kind::kType;
        out.type = type(token.raw);
        break;
      }
      if (in_.at_sign("[")) {
        // Only a type that the source declares has a length behind its name.
        out.kind = Kind::kType;
        out.type.edit().levels.push_back({.name = token.raw});
        counts(out.type.edit());
        break;
      }
      out.kind = Kind::kName;
      out.name = token.raw;
      if (!in_.at_sign("+") && !in_.at_sign("-")) break;
      const bool minus = in_.next().raw == "-";
      const auto offset = read_sum(in_, minus);
      if (!offset) fail(in_.span(), "a number must follow", code::kMissingOperand);
      out.plus_offset = true;
      out.integer = offset.value_or(Integer{});
      break;
    }
    default:
      if (in_.take("#")) {
        out.kind = Kind::kVariable;
        out.id = id(UINT16_MAX, "#");
      } else if (in_.take("@")) {
        out.kind = Kind::kSymbolIndex;
        out.id = id(UINT16_MAX, "@");
      } else if (in_.at_sign("(")) {
        out = list();
      } else if (in_.at_sign("[")) {
        out = memory();
      } else {
        out = number();
      }
  }
  out.span = in_.since(begin);
  return out;
}

}  // namespace

std::vector<Argument> parse_arguments(Lexer& in) {
  std::vector<Argument> out;
  if (in.at_end()) return out;
  while (!in.failed()) {
    out.push_back(ArgumentParser(in).argument());
    if (in.failed() || in.at_end()) break;
    if (!in.take(","))
      in.error(in.span(), "',' or the end of the line must follow", code::kExtraOperand);
  }
  return out;
}

}  // namespace cmos::casm

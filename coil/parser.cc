#include "coil/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/near.h"
#include "coil/expression.h"
#include "formats/coil/codes.h"

namespace cmos::casm {
namespace {

/// Directives of ours and sugar; those with an opcode are in the table of opcodes.
constexpr std::string_view kDirectives[] = {"TARGET",  "RET_AUTO", "GET_PARAM", "GET_RESULT",
                                            "PARAMS",  "RETS",     "CALLER",    "CALLEE",
                                            "SALLIGN", "RZONE",    "SHADOW",    "ARGSTYLE"};

/// Words of other dialects and of the documents' multi-device part, which nothing encodes.
constexpr std::string_view kUnsupported[] = {"TRY",
                                             "CATCH",
                                             "ENDTRY",
                                             "SIMULATE_ERROR",
                                             "REGISTER_HANDLER",
                                             "REGISTER_DEVICE",
                                             "TARGET_ALIAS",
                                             "TARGET_COMPAT",
                                             "ENDSECTION",
                                             "DEVICE",
                                             "ENDDEV",
                                             "QUERY_FEATURE",
                                             "DEVICE_SELECT",
                                             "UNIFIED_MEM",
                                             "BARRIER",
                                             "REMOTE_LOAD",
                                             "SEND",
                                             "ALLOCA",
                                             "COPY",
                                             "SAVE_CONTEXT",
                                             "RESTORE_CONTEXT",
                                             "PIN",
                                             "UNPIN"};
constexpr std::string_view kUnsupportedPrefixes[] = {"QUERY_", "KERNEL_", "ATOMIC_"};

struct Mnemonic {
  const coil::OpcodeRow* row = nullptr;
  std::optional<coil::Condition> condition;
};

/// "BR_EQ" is BR with a condition; names of opcodes hold no underscore.
Mnemonic mnemonic_of(std::string_view word) {
  Mnemonic out{coil::opcode_named(word), std::nullopt};
  if (out.row != nullptr) return out;
  const std::size_t underscore = word.rfind('_');
  if (underscore == std::string_view::npos) return out;
  const coil::OpcodeRow* row = coil::opcode_named(word.substr(0, underscore));
  const auto condition = coil::value_of(coil::conditions(), word.substr(underscore + 1));
  if (row == nullptr || !row->conditional || !condition) return out;
  return {row, static_cast<coil::Condition>(*condition)};
}

std::string unknown_text(std::string_view word) {
  std::vector<std::string> known;
  for (const coil::OpcodeRow& row : coil::opcodes()) known.emplace_back(row.mnemonic);
  for (const std::string_view one : kDirectives) known.emplace_back(one);
  const auto near = nearest(word, known);
  return fmt::format("'{}' is no instruction and no directive{}", word,
                     near ? fmt::format("; did you mean {}?", *near) : "");
}

/// What IF compares: a name or a number.
Argument parse_side(Lexer& in) {
  Argument out;
  const std::uint32_t begin = in.peek().begin;
  out.span = in.span();
  if (in.peek().kind == Token::Kind::kName) {
    out.kind = Argument::Kind::kName;
    out.name = in.next().raw;
  } else if (const auto value = read_constant(in)) {
    out.integer = *value;
    out.span = in.since(begin);
  } else {
    in.error(out.span, "a name or a number must stand here", code::kConditional);
  }
  return out;
}

/// IF and ELIF have a comparison, not operands: name, sign, value. IF NAME asks whether it is not
/// 0.
std::vector<Argument> parse_condition(Lexer& in) {
  std::vector<Argument> out{parse_side(in)};
  if (in.at_end() || in.failed()) return out;
  Argument sign;
  sign.kind = Argument::Kind::kName;
  sign.span = in.span();
  sign.name = in.next().raw;
  constexpr std::string_view kSigns[] = {"==", "!=", "<", "<=", ">", ">="};
  if (std::find(std::begin(kSigns), std::end(kSigns), sign.name) == std::end(kSigns))
    in.error(sign.span, "one of == != < <= > >= must follow", code::kConditional);
  out.push_back(std::move(sign));
  if (!in.failed()) out.push_back(parse_side(in));
  if (!in.failed() && !in.at_end())
    in.error(in.span(), "the condition ends here", code::kExtraOperand);
  return out;
}

/// ABI lines have registers and ranges of them, which parse to names.
std::vector<Argument> parse_registers(Lexer& in) {
  std::vector<Argument> out;
  while (!in.failed()) {
    Argument one;
    one.kind = Argument::Kind::kName;
    const Token first = in.next();
    if (first.kind != Token::Kind::kName && first.kind != Token::Kind::kInteger)
      in.error(in.span_of(first), "a register must stand here", code::kMissingOperand);
    std::uint32_t end = first.begin + first.length;
    if (in.take("-")) {
      const Token last = in.next();
      if (last.kind != Token::Kind::kName && last.kind != Token::Kind::kInteger)
        in.error(in.span_of(last), "a register must follow '-'", code::kMissingOperand);
      end = last.begin + last.length;
    }
    one.span = in.since(first.begin);
    one.name = std::string_view(first.raw.data(), end - first.begin);
    std::string text(one.name);
    std::erase(text, ' ');
    std::erase(text, '\t');
    one.text = std::move(text);
    out.push_back(std::move(one));
    if (in.at_end()) break;
    if (!in.take(",")) in.error(in.span(), "',' must follow", code::kExtraOperand);
  }
  return out;
}

/// Statements that are lists: a comma at the end of a line continues them in the next one.
bool may_go_on(std::string_view word) {
  constexpr std::string_view kWords[] = {"SWITCH", "STRUCT", "UNION",  "ENUM",  "DATA",
                                         "PARAMS", "RETS",   "CALLER", "CALLEE"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

bool takes_registers(std::string_view word) {
  return word == "PARAMS" || word == "RETS" || word == "CALLER" || word == "CALLEE";
}

/// A number without a sign.
Integer number_here(Lexer& in, std::string_view missing) {
  const Span where = in.span();
  const auto value = read_constant(in);
  if (!value || value->negative)
    in.error(where, std::string(missing), value ? code::kRange : code::kMissingOperand);
  return value.value_or(Integer{});
}

/// "TARGET = 0x01": how SECTION says what its other operands cannot.
void parse_named_values(Lexer& in, std::vector<Argument>& out) {
  while (!in.failed() && in.take(",")) {
    Argument one;
    one.kind = Argument::Kind::kName;
    one.span = in.span();
    const Token name = in.next();
    one.name = name.raw;
    if (name.kind != Token::Kind::kName || !in.take("=")) {
      in.error(one.span, "NAME=number must follow", code::kExtraOperand);
      return;
    }
    one.integer = number_here(in, "a number must follow");
    out.push_back(std::move(one));
  }
}

std::vector<Argument> parse_section(Lexer& in) {
  std::vector<Argument> out;
  Argument name;
  name.span = in.span();
  const Token token = in.next();
  if (token.kind == Token::Kind::kName) {
    name.kind = Argument::Kind::kName;
    name.name = token.raw;
  } else if (token.kind == Token::Kind::kString) {
    name.kind = Argument::Kind::kString;
    name.text = token.text;
  } else if (token.raw == "@" && in.peek().kind == Token::Kind::kInteger) {
    name.kind = Argument::Kind::kSymbolIndex;
    name.id = static_cast<std::uint32_t>(in.next().integer);
  } else {
    in.error(name.span, "a section's name, which begins with '.', must follow", code::kSection);
  }
  out.push_back(std::move(name));
  if (in.failed() || !in.take(",")) return out;
  Argument attributes;
  attributes.span = in.span();
  attributes.integer = number_here(in, "the section's attributes must follow: a number");
  if (in.failed()) return out;
  attributes.span = in.since(attributes.span.begin);
  out.push_back(std::move(attributes));
  parse_named_values(in, out);
  if (!in.failed() && !in.at_end())
    in.error(in.span(), "the directive ends here", code::kExtraOperand);
  return out;
}

/// SYM NAME[:]: a colon behind the name, as labels have it, says nothing more.
std::vector<Argument> parse_symbol(Lexer& in) {
  if (in.peek().kind != Token::Kind::kName) return parse_arguments(in);
  const Token token = in.next();
  Argument name;
  name.kind = Argument::Kind::kName;
  name.name = token.raw;
  name.span = in.span_of(token);
  in.take(":");
  std::vector<Argument> out{std::move(name)};
  if (in.at_end()) return out;
  if (!in.take(",")) {
    in.error(in.span(), "',' or the end of the line must follow", code::kExtraOperand);
    return out;
  }
  for (Argument& more : parse_arguments(in)) out.push_back(std::move(more));
  return out;
}

/// TARGET cpu-x86-64: the name of a target has signs and numbers in it.
std::vector<Argument> parse_target(Lexer& in) {
  if (in.peek().kind != Token::Kind::kName) return parse_arguments(in);
  const Token first = in.next();
  std::uint32_t end = first.begin + first.length;
  while (!in.at_end() && !in.failed()) {
    const Token more = in.next();
    end = more.begin + more.length;
  }
  Argument name;
  name.kind = Argument::Kind::kName;
  name.span = in.since(first.begin);
  name.name = std::string_view(first.raw.data(), end - first.begin);
  return {std::move(name)};
}

std::vector<Argument> parse_rest(std::string_view word, Lexer& in) {
  if (word == "SYM") return parse_symbol(in);
  if (word == "TARGET") return parse_target(in);
  if (word == "IF" || word == "ELIF") return parse_condition(in);
  if (word == "SECTION") return parse_section(in);
  if (takes_registers(word)) return parse_registers(in);
  return parse_arguments(in);
}

}  // namespace

bool is_plain_directive(std::string_view word) {
  return std::find(std::begin(kDirectives), std::end(kDirectives), word) != std::end(kDirectives);
}

bool is_unsupported(std::string_view word) {
  if (std::find(std::begin(kUnsupported), std::end(kUnsupported), word) != std::end(kUnsupported))
    return true;
  return std::any_of(std::begin(kUnsupportedPrefixes), std::end(kUnsupportedPrefixes),
                     [&](std::string_view prefix) { return word.starts_with(prefix); });
}

namespace {

/// A case of SWITCH: value, label. Which it is shows where it stands.
void parse_case(Lexer& in, Statement& out) {
  Argument value;
  value.span = in.span();
  const auto number = read_constant(in);
  if (!number)
    in.error(value.span, "a line begins with a label, an instruction or a directive",
             code::kInvalidToken);
  value.integer = number.value_or(Integer{});
  value.span = in.since(value.span.begin);
  out.span = value.span;
  out.arguments.push_back(std::move(value));
  if (!in.failed() && !in.take(","))
    in.error(out.span, "no line begins with a number", code::kInvalidToken);
  if (in.failed()) return;
  for (Argument& more : parse_arguments(in)) out.arguments.push_back(std::move(more));
}

/// What begins with the name `word`. How many further lines belong to it.
std::size_t parse_word(Lexer& in, const Token& word, std::span<const std::string_view> following,
                       Statement& out) {
  const Span where = in.span_of(word);
  out.word = word.raw;
  const Mnemonic mnemonic = mnemonic_of(word.raw);
  out.row = mnemonic.row;
  out.condition = mnemonic.condition;
  if (mnemonic.row == nullptr && is_unsupported(word.raw)) {
    in.error(where, fmt::format("{} has no encoding in COIL's files", word.raw),
             code::kUnsupported);
  } else if (!in.failed()) {
    if (may_go_on(word.raw)) in.go_on(following);
    out.arguments = parse_rest(word.raw, in);
  }
  // A name alone is the default of a SWITCH; the reader knows whether one is open.
  if (mnemonic.row == nullptr && !is_plain_directive(word.raw) && !out.arguments.empty())
    in.error(where, unknown_text(word.raw), code::kInstruction);
  return in.lines_taken();
}

}  // namespace

ParsedLine parse_line(std::span<const std::string_view> lines, std::uint32_t file,
                      std::uint32_t number, source::Reporter& reporter) {
  ParsedLine out;
  Lexer in(lines[0], file, number, reporter);
  Token word;
  Statement statement{.span = {}, .label = {}, .word = {}, .condition = {}, .arguments = {}};
  bool named = in.peek().kind == Token::Kind::kName;
  if (named) {
    word = in.next();
    statement.span = in.span_of(word);
    if (in.take(":")) {
      out.label = Statement{
          .span = statement.span, .label = word.raw, .word = {}, .condition = {}, .arguments = {}};
      named = in.peek().kind == Token::Kind::kName;
      if (named) word = in.next();
      statement.span = in.span_of(word);
    }
  }
  if (named)
    out.more_lines = parse_word(in, word, lines.subspan(1), statement);
  else if (!in.at_end())
    parse_case(in, statement);
  out.failed = in.failed();
  if (!out.failed && (named || !statement.arguments.empty())) out.statement = std::move(statement);
  return out;
}

}  // namespace cmos::casm

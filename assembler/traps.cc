#include "assembler/traps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cmos::assembler {
namespace {

struct Width {
  std::string_view name;
  unsigned bits;
};
constexpr std::array<Width, 35> kWidths{{
    {"byte", 8}, {"word", 16}, {"dword", 32}, {"al", 8},   {"ah", 8},   {"bl", 8},   {"bh", 8},
    {"cl", 8},   {"ch", 8},    {"dl", 8},     {"dh", 8},   {"sil", 8},  {"dil", 8},  {"bpl", 8},
    {"spl", 8},  {"ax", 16},   {"bx", 16},    {"cx", 16},  {"dx", 16},  {"si", 16},  {"di", 16},
    {"bp", 16},  {"sp", 16},   {"eax", 32},   {"ebx", 32}, {"ecx", 32}, {"edx", 32}, {"esi", 32},
    {"edi", 32}, {"ebp", 32},  {"esp", 32},   {"cs", 16},  {"ds", 16},  {"es", 16},  {"ss", 16},
}};

/// Of a destination, 0 when it does not matter or is not known.
unsigned width_of(std::string_view word, const Target& target) {
  const std::string name = lower(word);
  for (const Width& one : kWidths) {
    if (one.name == name) return one.bits;
  }
  if (target.isa != object::Isa::kX86_64 || name.size() < 3 || name[0] != 'r') return 0;
  if (reserved_as(target, name) != "register" || name[1] < '0' || name[1] > '9') return 0;
  switch (name.back()) {
    case 'b':
      return 8;
    case 'w':
      return 16;
    case 'd':
      return 32;
    default:
      return 0;
  }
}

class TrapCheck {
 public:
  TrapCheck(const Line& line, std::string_view mnemonic, Program& program, Reporter& reporter)
      : line_(line),
        mnemonic_(mnemonic),
        program_(program),
        target_(*program.target),
        reporter_(reporter) {}

  bool operand(OperandTokens tokens) {
    unsigned brackets = 0;
    unsigned parentheses = 0;
    unsigned registers = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Token& token = tokens[i];
      if (token.is("[")) ++brackets;
      if (token.is("]")) --brackets;
      if (token.is("(")) ++parentheses;
      if (token.is(")")) --parentheses;
      if (brackets == 0) continue;
      if (token.kind == TokenKind::kNumber && !displacement(token)) return false;
      const bool segment = i + 1 < tokens.size() && tokens[i + 1].is(":");
      if (segment || token.kind != TokenKind::kName ||
          reserved_as(target_, token.text) != "register")
        continue;
      if (parentheses != 0)
        return refuse(token, "a register in parentheses: write the address without them");
      if (++registers > 2) return refuse(token, "an address has at most two registers");
    }
    return true;
  }

  /// `mov al, 300`.
  bool immediate(OperandTokens destination, OperandTokens source) {
    unsigned bits = 0;
    if (!destination.empty() && destination[0].kind == TokenKind::kName)
      bits = width_of(destination[0].text, target_);
    if (bits == 0) return true;
    const auto is_number = [this](const Token& token) {
      constexpr std::string_view kParts = "+-*/%~()";
      if (token.kind == TokenKind::kPunctuation)
        return kParts.find(token.text) != std::string_view::npos;
      if (token.kind == TokenKind::kName)
        return program_.defines.find(token.text) != program_.defines.end();
      return token.kind == TokenKind::kNumber || token.kind == TokenKind::kChar;
    };
    if (!std::all_of(source.begin(), source.end(), is_number)) return true;
    Reporter ignored;  // what is wrong with the expression is the encoder's to say
    Cursor cursor(source, line_.where);
    const auto value = parse_number(cursor, program_.names(), ignored);
    if (!value || !cursor.at_end()) return true;
    const Integer low = -(static_cast<Integer>(1) << (bits - 1));
    const Integer high = (static_cast<Integer>(1) << bits) - 1;
    if (*value >= low && *value <= high) return true;
    return refuse(source[0], fmt::format("{} does not fit the {} bits of {}", to_text(*value), bits,
                                         destination[0].text));
  }

 private:
  bool refuse(const Token& token, std::string message) {
    reporter_.error(line_.span(token), std::move(message));
    return false;
  }

  bool displacement(const Token& token) {
    const auto value = parse_integer(token.text);
    if (!value || *value <= UINT32_MAX || mnemonic_ == "movabs") return true;
    return refuse(token,
                  fmt::format("{} does not fit the 32 bits that an address can state", token.text));
  }

  const Line& line_;
  std::string_view mnemonic_;
  Program& program_;
  const Target& target_;
  Reporter& reporter_;
};

}  // namespace

bool check_traps(const Line& line, std::string_view mnemonic,
                 std::span<const OperandTokens> operands, const Token& last, Program& program,
                 Reporter& reporter) {
  for (const OperandTokens operand : operands) {
    if (!operand.empty()) continue;
    const Token& before = operand.data() == line.tokens.data() ? last : *(operand.data() - 1);
    reporter.error(line.span(before), "an operand is missing beside this");
    return false;
  }
  if (!program.target->is_x86()) return true;
  TrapCheck check(line, mnemonic, program, reporter);
  for (const OperandTokens operand : operands) {
    if (!check.operand(operand)) return false;
  }
  return operands.size() < 2 || check.immediate(operands[0], operands[1]);
}

}  // namespace cmos::assembler

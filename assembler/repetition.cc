#include "assembler/repetition.h"

#include "assembler/x86_operand.h"
#include "assembler/x86_register.h"

namespace cmos::assembler {
namespace {

bool is_branch(std::string_view mnemonic) {
  const char first = mnemonic[0] | 0x20;
  return first == 'j' || first == 'c' || first == 'l' || first == 'x'
             ? lower(mnemonic).starts_with("j") || lower(mnemonic).starts_with("loop") ||
                   lower(mnemonic) == "call" || lower(mnemonic) == "xbegin"
             : false;
}

/// A word that no definition can take.
bool is_fixed(std::string_view word, bool wide) {
  if (word.size() > 7) return false;
  const std::string small = lower(word);
  if (const X86Register reg = x86_register(small, wide))
    return reg.kind != RegisterKind::kInstruction;
  return x86_size_of_word(small) != 0 || small == "ptr";
}

}  // namespace

std::optional<std::string_view> Repetitions::constant_text(const CodeItem& item) const {
  if (!program_.target->is_x86() || item.directive != nullptr) return std::nullopt;
  const Line& line = program_.lines[item.line];
  const auto tokens = std::span(line.tokens).subspan(item.first_token);
  const std::string_view text = sources_.line(line.where);
  if (tokens[0].kind != TokenKind::kName || is_branch(tokens[0].text)) return std::nullopt;
  const bool wide = program_.target->isa == object::Isa::kX86_64;
  for (const Token& token : tokens) {
    const bool here = token.below == 0 && token.text.data() == text.data() + token.begin;
    if (!here || token.kind == TokenKind::kString) return std::nullopt;
    if (token.kind == TokenKind::kName && &token != tokens.data() && !is_fixed(token.text, wide))
      return std::nullopt;
  }
  return text.substr(tokens[0].begin, tokens.back().end() - tokens[0].begin);
}

}  // namespace cmos::assembler

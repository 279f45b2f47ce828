#include "assembler/repetition.h"

#include <algorithm>

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

/// Branches, literals and adr of ARM 64: a number that stands behind a comma and in no bracket may
/// be a place.
bool counts_from_here(std::span<const Token> tokens) {
  const std::string mnemonic = lower(tokens[0].text);
  const bool memory =
      std::any_of(tokens.begin(), tokens.end(), [](const Token& token) { return token.is("["); });
  const bool load = mnemonic.starts_with("ldr") || mnemonic.starts_with("prf");
  return mnemonic[0] == 'b' || mnemonic.starts_with("cb") || mnemonic.starts_with("tb") ||
         mnemonic == "call" || mnemonic.starts_with("adr") || (load && !memory);
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
  // ARM's code has two states; ARM 64's numbers may be counted from where they stand.
  const bool arm64 = program_.target->isa == object::Isa::kArm64;
  if ((!program_.target->is_x86() && !arm64) || item.directive != nullptr) return std::nullopt;
  const Line& line = program_.lines[item.line];
  const auto tokens = std::span(line.tokens).subspan(item.first_token);
  const std::string_view text = sources_.line(line.where);
  if (tokens[0].kind != TokenKind::kName) return std::nullopt;
  if (arm64 ? counts_from_here(tokens) : is_branch(tokens[0].text)) return std::nullopt;
  const bool wide = program_.target->isa == object::Isa::kX86_64;
  for (const Token& token : tokens) {
    const bool here = token.below == 0 && token.text.data() == text.data() + token.begin;
    if (!here || token.kind == TokenKind::kString) return std::nullopt;
    if (token.kind != TokenKind::kName || &token == tokens.data()) continue;
    if (arm64 ? reserved_as(*program_.target, token.text) != "register"
              : !is_fixed(token.text, wide))
      return std::nullopt;
  }
  return text.substr(tokens[0].begin, tokens.back().end() - tokens[0].begin);
}

}  // namespace cmos::assembler

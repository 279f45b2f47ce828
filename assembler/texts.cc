#include "assembler/texts.h"

namespace cmos::assembler {
namespace {

constexpr std::size_t kMostTokens = 10'000;  ///< of one line
constexpr std::size_t kDeepest = 64;

}  // namespace

std::string_view Texts::keep(std::string text) {
  return words_.emplace_back(std::move(text));
}

void Texts::set(std::string_view name, Integer value) {
  std::vector<Token> words;
  if (value < 0) words.push_back({TokenKind::kPunctuation, "-"});
  words.push_back({TokenKind::kNumber, keep(to_text(value < 0 ? -value : value))});
  texts_.insert_or_assign(std::string(name), std::move(words));
}

void Texts::define(std::string_view name, std::span<const Token> words) {
  texts_.insert_or_assign(std::string(name), std::vector<Token>(words.begin(), words.end()));
}

void Texts::undefine(std::string_view name) {
  const auto found = texts_.find(name);
  if (found != texts_.end()) texts_.erase(found);
}

bool Texts::replace(std::vector<Token>& tokens, std::size_t kept) const {
  bool any = false;
  for (std::size_t i = kept; i < tokens.size(); ++i)
    any = any || (tokens[i].kind == TokenKind::kName && has(tokens[i].text));
  if (!any) return true;
  std::vector<Token> out;
  std::set<std::string_view> inside;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i < kept) {
      out.push_back(tokens[i]);
    } else if (!put(tokens[i], out, inside)) {
      return false;
    }
  }
  tokens = std::move(out);
  return true;
}

bool Texts::put(const Token& token, std::vector<Token>& out,
                std::set<std::string_view>& inside) const {
  const auto found = token.kind == TokenKind::kName && inside.count(token.text) == 0
                         ? texts_.find(token.text)
                         : texts_.end();
  if (found == texts_.end()) {
    out.push_back(token);
    return out.size() <= kMostTokens;
  }
  if (inside.size() >= kDeepest) return false;
  inside.insert(found->first);
  const std::size_t first = out.size();
  for (const Token& word : found->second) {
    if (!put(word, out, inside)) return false;
  }
  inside.erase(found->first);
  // Messages point to the name that was written. Two operators side by side stay one.
  std::uint32_t step = 0;
  for (std::size_t i = first; i < out.size(); ++i) {
    const bool joined = i > first && out[i].begin == step && out[i].below == token.below;
    step = out[i].end();
    out[i].begin = joined ? out[i - 1].end() : token.begin;
    out[i].below = token.below;
  }
  return true;
}

}  // namespace cmos::assembler

#include "assembler/statement_text.h"

#include <fmt/format.h>

#include "assembler/parser.h"
#include "base/near.h"

namespace cmos::assembler {

std::size_t StatementText::operand_end(std::size_t from) const {
  unsigned depth = 0;
  for (std::size_t i = from; i < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    if (token.kind != TokenKind::kPunctuation) continue;
    const char mark = token.text[0];
    if (mark == '[' || mark == '(' || mark == '{') ++depth;
    if ((mark == ']' || mark == ')' || mark == '}') && depth != 0) --depth;
    if (depth == 0 && mark == ',') return i;
  }
  return tokens_.size();
}

bool StatementText::balanced() {
  std::vector<const Token*> open;
  constexpr std::string_view kOpen = "([{";
  constexpr std::string_view kClose = ")]}";
  for (const Token& token : tokens_) {
    if (token.kind != TokenKind::kPunctuation) continue;
    if (kOpen.find(token.text) != std::string_view::npos) open.push_back(&token);
    const auto close = kClose.find(token.text);
    if (close == std::string_view::npos) continue;
    if (open.empty() || open.back()->text[0] != kOpen[close])
      return fail(token, fmt::format("'{}' without '{}'", token.text, kOpen[close]));
    open.pop_back();
  }
  if (open.empty()) return true;
  return fail(*open.back(), fmt::format("'{}' without '{}'", open.back()->text,
                                        kClose[kOpen.find(open.back()->text)]));
}

std::optional<std::string> StatementText::text_of(const Value& value, bool implicit) {
  if (!value.symbol && !value.minus) return to_text(value.number);
  std::string text;
  if (value.symbol) {
    const auto name = name_of(*value.symbol, implicit);
    if (!name) return std::nullopt;
    text = *name;
  }
  if (value.minus) {
    const auto name = name_of(*value.minus);
    if (!name) return std::nullopt;
    text += (text.empty() ? "-" : " - ") + *name;
  }
  if (value.number > 0) text += " + " + to_text(value.number);
  if (value.number < 0) text += " - " + to_text(-value.number);
  return text;
}

bool StatementText::declare(const Reference& reference) {
  const bool free = !reference.name.empty() && reference.name[0] != '.' &&
                    reserved_as(target_, reference.name).empty() &&
                    !reference.name.starts_with("__cbt_");
  if (!free) return false;
  Symbol& made = program_.symbols[program_.intern(reference.name)];
  made.kind = SymbolKind::kExtern;
  made.implicit = true;
  made.defined = reference.where;
  return true;
}

std::optional<Place> StatementText::place_of(const Reference& reference, bool implicit) {
  if (reference.name == "$$") return Place{Place::Kind::kCodeStart, 0};
  if (reference.name == "$") return Place{Place::Kind::kHere, 0};
  if (const auto place = program_.place(reference.name, item_.function)) return place;
  if (implicit && declare(reference)) return program_.place(reference.name, item_.function);
  fail(reference.where, undefined_text(program_, reference.name, item_.function));
  return std::nullopt;
}

std::optional<std::string> StatementText::name_of(const Reference& reference, bool implicit) {
  const auto place = place_of(reference, implicit);
  if (!place) return std::nullopt;
  switch (place->kind) {
    case Place::Kind::kSymbol:
      return encoder_name(place->index);
    case Place::Kind::kLabel:
      return label_name(program_, place->index);
    case Place::Kind::kCodeStart:
      return std::string(kCodeStartLabel);
    case Place::Kind::kHere:
      out_.needs_label = true;
      return here_label(out_.item);
    case Place::Kind::kNone:
      break;
  }
  return std::nullopt;
}

}  // namespace cmos::assembler

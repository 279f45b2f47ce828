#include "assembler/arm_statement.h"

#include <fmt/format.h>

#include <algorithm>

#include "assembler/arm_rules.h"
#include "base/text.h"

namespace cmos::assembler {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_condition(std::string_view word) {
  return is_one_of(word, {"eq", "ne", "cs", "hs", "cc", "lo", "mi", "pl", "vs", "vc", "hi", "ls",
                          "ge", "lt", "gt", "le", "al", "nv"});
}

/// `beq.n` is `b`, condition `eq`, width `.n`.
std::string_view without_width(std::string_view mnemonic) {
  if (mnemonic.ends_with(".n") || mnemonic.ends_with(".w")) mnemonic.remove_suffix(2);
  return mnemonic;
}

bool is_arm_branch(std::string_view mnemonic, std::string_view stem) {
  mnemonic = without_width(mnemonic);
  if (!mnemonic.starts_with(stem)) return false;
  mnemonic.remove_prefix(stem.size());
  return mnemonic.empty() || is_condition(mnemonic);
}

/// Instructions whose names are keywords, whatever functions are called.
bool has_keywords(std::string_view mnemonic) {
  return is_one_of(mnemonic,
                   {"mrs",  "msr",  "dmb", "dsb",  "isb",  "prfm",  "prfum", "at",     "dc",
                    "ic",   "tlbi", "sys", "sysl", "cps",  "cpsie", "cpsid", "setend", "vmrs",
                    "vmsr", "hint", "mcr", "mrc",  "mcrr", "mrrc",  "cdp",   "ldc",    "stc"}) ||
         (mnemonic.starts_with("it") && mnemonic.size() <= 5);
}

bool ends_in_condition(std::string_view mnemonic) {
  return is_one_of(mnemonic, {"csel", "cset", "csetm", "csinc", "csinv", "csneg", "cinc", "cinv",
                              "cneg", "ccmp", "ccmn", "fcsel", "fccmp", "fccmpe"}) ||
         (mnemonic.starts_with("it") && mnemonic.size() <= 5);
}

bool takes_reals(std::string_view mnemonic) {
  return mnemonic.starts_with("fmov") || mnemonic.starts_with("fcm") ||
         mnemonic.starts_with("fcc") || mnemonic.starts_with("vmov") ||
         mnemonic.starts_with("vcmp") || mnemonic.starts_with("vc");
}

bool is_real(const Token& token) {
  return token.kind == TokenKind::kNumber && !parse_integer(token.text) &&
         parse_float(token.text).has_value();
}

}  // namespace

bool ArmStatement::is_branch() const {
  return is_arm_branch(mnemonic_, "b") || is_arm_branch(mnemonic_, "bl") ||
         is_arm_branch(mnemonic_, "blx") || mnemonic_.starts_with("b.") ||
         mnemonic_.starts_with("cbz") || mnemonic_.starts_with("cbnz") ||
         mnemonic_.starts_with("tbz") || mnemonic_.starts_with("tbnz");
}

std::optional<std::string> ArmStatement::write(Expectation& expectation) {
  expectation_ = &expectation;
  if (!balanced()) return std::nullopt;
  mnemonic_ = lower(tokens_[0].text);
  // `call NAME` is the document's word on every ARCH (cpo 3.1).
  if (mnemonic_ == "call") mnemonic_ = "bl";
  if (is_arm()) {
    if (mnemonic_.ends_with(".n")) expectation.size = 2;
    if (mnemonic_.ends_with(".w") && item_.thumb) expectation.size = 4;
    narrow_ = !mnemonic_.ends_with(".i64");
    if (const auto bad = unpredictable(mnemonic_, tokens_.subspan(1), item_.thumb)) {
      fail(*bad->where, bad->message);
      return std::nullopt;
    }
    subtract_from_pc();
  } else if (tokens_.size() > 1) {
    const std::string first = lower(tokens_[1].text);
    narrow_ = first[0] == 'w' && reserved_as(target_, first) == "register";
  }
  put(line_.span(tokens_[0]), mnemonic_);
  written_ = tokens_[0].end();
  for (std::size_t first = 1; first <= tokens_.size() && tokens_.size() > 1;) {
    const std::size_t end = operand_end(first);
    if (end == first) {
      const bool last = first == tokens_.size();
      fail(last ? tokens_[first - 1] : tokens_[first], "an operand is missing beside this");
      return std::nullopt;
    }
    if (!operand(first, end)) return std::nullopt;
    if (end == tokens_.size()) break;
    copy(tokens_[end], ",");
    first = end + 1;
  }
  if (!plain_shift()) return std::nullopt;
  for (Piece& piece : out_.pieces) piece.begin += static_cast<std::uint32_t>(settings_.size());
  return settings_ + text_;
}

/// Of `sub r0, pc, #4` the encoder makes, in Thumb code, the form that cannot have pc.
void ArmStatement::subtract_from_pc() {
  const bool pc = tokens_.size() > 4 && tokens_[2].is(",") && tokens_[4].is(",") &&
                  is_one_of(lower(tokens_[3].text), {"pc", "r15"});
  if (item_.thumb && pc && is_one_of(mnemonic_, {"sub", "sub.w"})) mnemonic_ = "subw";
}

void ArmStatement::copy(const Token& token, std::string_view text) {
  // One blank is enough, but two words never become one.
  const bool glues =
      !text_.empty() && !text.empty() && continues_name(text_.back()) && continues_name(text[0]);
  if (token.begin > written_ || glues) text_ += ' ';
  put(line_.span(token), text);
  written_ = token.end();
}

bool ArmStatement::operand(std::size_t first, std::size_t end) {
  operand_first_ = first;
  operand_end_ = end;
  in_braces_ = false;
  for (std::size_t at = first; at < end;) {
    if (!token(at, end)) return false;
  }
  return true;
}

/// Copies the token, or the expression that begins with it, and moves on.
bool ArmStatement::token(std::size_t& at, std::size_t end) {
  const Token& one = tokens_[at];
  if (is_expression(one)) {
    bool done = false;
    return real_or_zero(at, end, done) && (done || expression(at, end));
  }
  if (one.kind == TokenKind::kName) return name(at, end);
  const bool sign = one.is("-") || one.is("+");
  if (sign && !in_braces_) {
    const bool reg = at + 1 < end && tokens_[at + 1].kind == TokenKind::kName &&
                     reserved_as(target_, tokens_[at + 1].text) == "register";
    bool done = false;
    if (!reg) return real_or_zero(at, end, done) && (done || expression(at, end));
  }
  if (std::string_view("#[]{},!^:=-+").find(one.text) == std::string_view::npos)
    return fail(one, fmt::format("'{}' has no meaning here", one.text));
  if (one.is("!") &&
      !(text_.ends_with("]") || continues_name(text_.back()) || text_.ends_with("}")))
    return expression(at, end);
  if (one.is("{")) in_braces_ = true;
  if (one.is("}")) in_braces_ = false;
  copy(one, one.text);
  ++at;
  return true;
}

bool ArmStatement::is_expression(const Token& token) const {
  switch (token.kind) {
    case TokenKind::kNumber:
    case TokenKind::kChar:
    case TokenKind::kString:
      return true;
    case TokenKind::kPunctuation:
      return token.is("(") || token.is("~");
    case TokenKind::kName:
      break;
  }
  if (is_keyword(token)) return false;
  return token.text == "sizeof" || token.text == "countof" || token.text[0] == '.' ||
         token.text[0] == '$' || program_.defines.find(token.text) != program_.defines.end() ||
         program_.place(token.text, item_.function).has_value();
}

bool ArmStatement::is_keyword(const Token& token) const {
  if (!reserved_as(target_, token.text).empty()) return true;
  const auto behind = static_cast<std::size_t>(&token - tokens_.data()) + 1;
  // A relocation word: `:lower16:`.
  if (behind >= 2 && behind < tokens_.size() && tokens_[behind].is(":") &&
      tokens_[behind - 2].is(":"))
    return true;
  if (has_keywords(mnemonic_)) return true;
  return ends_in_condition(mnemonic_) && behind == tokens_.size() &&
         is_condition(lower(token.text));
}

bool ArmStatement::name(std::size_t& at, std::size_t end) {
  const Token& one = tokens_[at];
  const bool alone = operand_first_ == 1 && operand_end_ == tokens_.size() && end == at + 1;
  const bool calls = is_arm() ? is_arm_branch(mnemonic_, "b") || is_arm_branch(mnemonic_, "bl")
                              : mnemonic_ == "b" || mnemonic_ == "bl";
  if (alone && at == 1 && calls && !is_keyword(one)) {
    const auto text = name_of({std::string(one.text), line_.span(one)}, true);
    if (!text) return false;
    copy(one, *text);
    ++at;
    return true;
  }
  if (one.text.starts_with("__cbt_"))
    return fail(one, "names that begin with '__cbt_' belong to the assembler");
  // The encoder takes them for xzr and wzr.
  if (!is_arm() && is_one_of(lower(one.text), {"x31", "w31"}))
    return fail(one, fmt::format("'{0}' is no register: write {1}zr or {2}sp", one.text,
                                 lower(one.text)[0], lower(one.text)[0] == 'w' ? "w" : ""));
  if (!is_keyword(one)) unknown.push_back({std::string(one.text), line_.span(one)});
  copy(one, one.text);
  ++at;
  return true;
}

/// `1.5`, and `-0`, which in an address is another instruction than `0`.
bool ArmStatement::real_or_zero(std::size_t& at, std::size_t end, bool& done) {
  const bool sign = tokens_[at].is("-") || tokens_[at].is("+");
  const std::size_t number = at + (sign ? 1 : 0);
  if (number >= end || tokens_[number].kind != TokenKind::kNumber) return true;
  const Token& token = tokens_[number];
  const bool last = number + 1 == end || tokens_[number + 1].is("]");
  const bool zero = tokens_[at].is("-") && last && parse_integer(token.text) == Integer{0};
  // fcmp d0, #0: the encoder wants #0.0.
  const bool compares = !is_arm() && !sign && last && mnemonic_.starts_with("fcm") &&
                        parse_integer(token.text) == Integer{0};
  if (!zero && !compares && !is_real(token)) return true;
  if (!zero && !compares && !takes_reals(mnemonic_))
    return fail(token, fmt::format("'{}' is no whole number", token.text));
  copy(tokens_[at], zero || tokens_[at].is("-") ? "-" : "");
  text_ += token.text;
  if (compares) text_ += ".0";
  written_ = token.end();
  at = number + 1;
  done = true;
  return true;
}

bool ArmStatement::expression(std::size_t& at, std::size_t end) {
  Cursor part = cursor(at, end);
  const Token& first = tokens_[at];
  const auto value = parse_expression(part, program_.names(), reporter_, true);
  if (!value) return false;
  const std::size_t used = part.position();
  const Span where = part.span(0, used);
  Value resolved = *value;
  if (!in_range(resolved, where)) return false;
  expect(resolved, at);
  if (!change_state(resolved)) return false;
  std::optional<std::string> text;
  if (foreign_) {
    text = foreign_name(*foreign_);
    if (resolved.number != 0) *text += fmt::format(" + {}", to_text(resolved.number));
    foreign_.reset();
  } else {
    text = text_of(resolved);
  }
  if (!text) return false;
  // The encoder takes no sum as the target of a conditional branch of Thumb code, and makes others
  // longer than they need to be.
  const bool sum = item_.thumb && is_branch() && !mnemonic_.starts_with("bl");
  if (sum && resolved.symbol && resolved.number != 0) {
    settings_ = fmt::format(".set .Lcbt_s_{}, {}; ", out_.item, *text);
    text = fmt::format(".Lcbt_s_{}", out_.item);
  }
  copy(first, *text);
  out_.pieces.back().source = where;
  at += used;
  written_ = tokens_[at - 1].end();
  return true;
}

/// Whether the operand at a token is a place that an ARM 64 instruction counts from itself.
bool ArmStatement::is_literal(std::size_t at) const {
  return !is_arm() && is_one_of(mnemonic_, {"adr", "ldr", "ldrsw"}) && !tokens_[at - 1].is(":") &&
         std::none_of(tokens_.begin(), tokens_.end(), [](const Token& one) { return one.is("["); });
}

/// What must be read back: numbers that stand in the instruction, and targets of branches.
void ArmStatement::expect(const Value& value, std::size_t at) {
  ExpectedOperand out;
  out.number = static_cast<std::int64_t>(value.number);
  // `ldr r0, =VALUE` keeps its number elsewhere.
  if (at > 0 && tokens_[at - 1].is("=")) return;
  if (!value.symbol && !value.minus) {
    out.kind = ExpectedKind::kImmediate;
  } else if (value.symbol && !value.minus && (is_branch() || is_literal(at))) {
    const bool here = value.symbol->name == "$";
    const auto place = here ? Place{Place::Kind::kHere, 0}
                            : program_.place(value.symbol->name, item_.function).value_or(Place{});
    if (!place) return;
    out.kind = ExpectedKind::kTarget;
    out.place = place;
  } else {
    return;
  }
  expectation_->operands.push_back(out);
}

/// The encoder takes `#4096, lsl #0` and shifts by twelve all the same.
bool ArmStatement::plain_shift() {
  const auto& numbers = expectation_->operands;
  const bool adds = is_one_of(mnemonic_, {"add", "adds", "sub", "subs", "cmp", "cmn"});
  if (is_arm() || !adds || numbers.size() != 2 || numbers[1].number != 0) return true;
  const bool shift = text_.ends_with("lsl #0") || text_.ends_with("lsl 0");
  const std::int64_t number = numbers[0].number;
  if (!shift || (number >= -4095 && number <= 4095)) return true;
  return fail(line_.from(tokens_[0]),
              fmt::format("{} does not fit 12 bits (0 to 4095): lsl #12 shifts it", number));
}

bool ArmStatement::in_range(const Value& value, Span where) {
  const unsigned bits = narrow_ ? 32 : 64;
  const Integer one = 1;
  const Integer low = -(one << (bits - 1));
  const Integer high = (one << bits) - 1;
  if (value.number >= low && value.number <= high) return true;
  return fail(where, fmt::format("{} does not fit {} bits ({} to {})", to_text(value.number), bits,
                                 to_text(low), to_text(high)));
}

/// Between ARM and Thumb a branch that cannot change the state keeps its relocation, so that the
/// linker puts a veneer in between; the address of a Thumb function has bit 0 set.
bool ArmStatement::change_state(Value& value) {
  if (!is_arm() || !value.symbol || value.minus) return true;
  if (value.symbol->name == "$" && mnemonic_.starts_with("blx"))
    return fail(value.symbol->where, "blx changes the state, but this place has its own: write bl");
  const auto place = program_.place(value.symbol->name, item_.function);
  if (!place) return true;
  const bool label = place->kind == Place::Kind::kLabel;
  if (!label && program_.symbols[place->index].kind != SymbolKind::kFunction) return true;
  const bool thumb =
      label ? program_.local_labels[place->index].thumb : program_.symbols[place->index].thumb;
  if (without_width(mnemonic_) == "adr") {
    if (label || !thumb || value.number % 2 != 0) return true;
    value.number += 1;
    // The two-byte form reaches multiples of four only.
    if (item_.thumb && mnemonic_ == "adr") {
      text_.insert(mnemonic_.size(), ".w");
      for (std::size_t i = 1; i < out_.pieces.size(); ++i) out_.pieces[i].begin += 2;
    }
    return true;
  }
  if (!is_branch()) return true;
  if (thumb == item_.thumb) {
    if (!mnemonic_.starts_with("blx")) return true;
    return fail(value.symbol->where,
                fmt::format("blx changes the state, but '{}' is {} code as this is: write bl",
                            value.symbol->name, thumb ? "Thumb" : "ARM"));
  }
  const Span where = value.symbol->where;
  const std::string_view there = thumb ? "Thumb" : "ARM";
  const std::string_view here = item_.thumb ? "Thumb" : "ARM";
  if (label)
    return fail(where, fmt::format("'{}' is {} code, this is {} code: only functions are reached "
                                   "across the two",
                                   value.symbol->name, there, here));
  if (mnemonic_.starts_with("cb"))
    return fail(where, fmt::format("{} cannot change from {} to {} code: branch around a call",
                                   mnemonic_, here, there));
  const bool exchanges = mnemonic_ == "bl" || mnemonic_ == "blx";
  if (!exchanges) foreign_ = place->index;
  return true;
}

}  // namespace cmos::assembler

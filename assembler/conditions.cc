#include "assembler/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "assembler/macros.h"
#include "assembler/reader.h"

namespace cmos::assembler {
namespace {

constexpr std::array<std::string_view, 8> kOpening{".if",  ".ifdef", ".ifndef", ".ifarch",
                                                   ".ifb", ".ifnb",  ".ifc",    ".ifnc"};

bool opens(std::string_view word) {
  return std::find(kOpening.begin(), kOpening.end(), word) != kOpening.end();
}

}  // namespace

std::size_t Conditions::enter() {
  return std::exchange(floor_, open_.size());
}

void Conditions::leave(std::size_t floor) {
  close(floor_);
  floor_ = floor;
}

void Conditions::close(std::size_t depth) {
  while (open_.size() > depth) {
    reporter_.error(open_.back().where, "this condition has no .endif in its file");
    open_.pop_back();
  }
}

bool Conditions::line(std::string_view word, Span where, Cursor& cursor) {
  if (opens(word)) {
    const bool surrounded = active();
    const bool holds = surrounded && evaluate(word, cursor);
    open_.push_back({where, holds, holds, surrounded, false});
    return true;
  }
  const bool other = word == ".elif" || word == ".elseif";
  if (!other && word != ".else" && word != ".endif") return false;
  if (open_.size() <= floor_) {
    reporter_.error(where, fmt::format("{} without .if", word));
    return true;
  }
  Condition& open = open_.back();
  if (word == ".endif") {
    if (open.outer) at_end_of_line(cursor, reporter_);
    open_.pop_back();
    return true;
  }
  if (open.in_else) reporter_.error(where, fmt::format("{} after .else", word));
  if (word == ".else") {
    if (open.outer) at_end_of_line(cursor, reporter_);
    open.in_else = true;
    open.taken = !open.any;
  } else {
    open.taken = open.outer && !open.any && evaluate(".if", cursor);
  }
  open.any = open.any || open.taken;
  return true;
}

/// A condition with a mistake, which has been reported, does not hold.
bool Conditions::evaluate(std::string_view word, Cursor& cursor) {
  if (word == ".ifarch") return is_arch(cursor);
  if (word == ".ifb") return cursor.at_end();
  if (word == ".ifnb") return !cursor.at_end();
  if (word == ".ifc" || word == ".ifnc") return is_same(word, cursor);
  if (word != ".if") return is_defined(word, cursor);
  const auto value = parse_number(cursor, program_.names(), reporter_);
  return value && at_end_of_line(cursor, reporter_) && *value != 0;
}

bool Conditions::is_defined(std::string_view word, Cursor& cursor) {
  const Token* name = cursor.next();
  if (name == nullptr || name->kind != TokenKind::kName) {
    reporter_.error(cursor.here(), fmt::format("{} takes a name", word));
    return false;
  }
  return at_end_of_line(cursor, reporter_) && known_(name->text) == (word == ".ifdef");
}

/// Two texts with a comma in between, blanks aside.
bool Conditions::is_same(std::string_view word, Cursor& cursor) {
  const std::vector<std::string> texts = split_arguments(cursor.rest());
  if (texts.size() == 2) return (texts[0] == texts[1]) == (word == ".ifc");
  reporter_.error(cursor.here(), fmt::format("{} compares two texts: {} ONE, OTHER", word, word));
  return false;
}

bool Conditions::is_arch(Cursor& cursor) {
  bool found = false;
  const Target& target = target_(cursor.here());
  do {
    const Span where = cursor.here();
    const Token* token = cursor.next();
    if (token == nullptr || find_target(token->text) == nullptr) {
      reporter_.error(where, "an ARCH is expected here: 8664, __86, _ARM, AR64 or APPL");
      return false;
    }
    found = found || token->text == target.arch;
  } while (cursor.take(","));
  return at_end_of_line(cursor, reporter_) && found;
}

}  // namespace cmos::assembler

#include "assembler/assertions.h"

#include <fmt/format.h>

#include "assembler/parser.h"
#include "assembler/reader.h"

namespace cmos::assembler {

void check_assertion(Integer value, Cursor& cursor, const Line& line, std::size_t first,
                     Reporter& reporter) {
  const auto all = std::span(line.tokens);
  const std::string condition = text_of(all.subspan(first, cursor.position() - first));
  const Span where = line.from(all[first < all.size() ? first : 0]);
  std::string why;
  if (cursor.take(",")) {
    const auto text =
        take_string(cursor, "a text is expected here: .assert CONDITION, \"why\"", reporter);
    if (!text) return;
    why = ": " + *text;
  }
  if (!at_end_of_line(cursor, reporter) || value != 0) return;
  reporter.error(where, fmt::format("{} does not hold{}", condition, why));
}

void check_assertions(Program& program, const PlaceInCode& offset, Reporter& reporter) {
  for (const Assertion& one : program.assertions) {
    const Line& line = program.lines[one.line];
    Names names = program.names();
    const auto place_of = [&](std::string_view name) -> std::optional<Place> {
      if (name == "$$") return Place{Place::Kind::kCodeStart, 0};
      return program.place(name == "$" || name == "." ? std::string_view(one.here) : name,
                           one.function);
    };
    const auto number = [&](std::string_view name) -> std::optional<std::int64_t> {
      const auto place = place_of(name);
      return place ? offset(*place) : std::nullopt;
    };
    std::optional<std::string> lost;  // a name whose place nothing here knows
    const auto define = names.define;
    names.define = [&](std::string_view name) -> std::optional<Value> {
      auto value = define(name);
      if (value && !value->is_number()) {
        const auto plus = value->symbol ? number(value->symbol->name) : 0;
        const auto minus = value->minus ? number(value->minus->name) : 0;
        if (!plus || !minus) return value;
        return Value{value->number + *plus - *minus};
      }
      if (value) return value;
      if (const auto at = number(name)) return Value{*at};
      if (!lost) lost = name;
      return Value{0};
    };
    Cursor cursor(line.tokens, line.where);
    while (cursor.position() < one.first_token) cursor.next();
    const Span where = cursor.here();
    const auto value = parse_expression(cursor, names, reporter, true);
    if (!value) continue;
    if (!lost && value->is_number()) {
      check_assertion(value->number, cursor, line, one.first_token, reporter);
      continue;
    }
    if (!lost) lost = value->symbol ? value->symbol->name : value->minus->name;
    reporter.error(where, place_of(*lost)
                              ? fmt::format("where '{}' lies is known to the linker only", *lost)
                              : undefined_text(program, *lost, one.function));
  }
}

}  // namespace cmos::assembler

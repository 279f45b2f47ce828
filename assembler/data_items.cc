#include "assembler/data_items.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>

#include "assembler/reader.h"
#include "base/text.h"

namespace cmos::assembler {
namespace {

bool is_real_literal(const Token& token) {
  return token.kind == TokenKind::kNumber && !parse_integer(token.text) &&
         token.text.find('.') != std::string_view::npos && looks_like_float(token.text);
}

class ItemParser {
 public:
  ItemParser(const Directive& row, std::string_view name, Cursor& cursor, Program& program,
             Reporter& reporter)
      : row_(row),
        name_(name),
        cursor_(cursor),
        program_(program),
        names_(program.names()),
        reporter_(reporter) {}

  std::optional<std::vector<DataItem>> parse() {
    if (cursor_.at_end()) {
      reporter_.error(cursor_.here(), fmt::format("{} needs {}", name_, needs(row_.operands)));
      return std::nullopt;
    }
    if (row_.operands == Operands::kCount) {
      if (!count() || !at_end_of_line(cursor_, reporter_)) return std::nullopt;
      return std::move(out_);
    }
    do {
      if (!one()) return std::nullopt;
    } while (cursor_.take(","));
    if (!at_end_of_line(cursor_, reporter_)) return std::nullopt;
    return std::move(out_);
  }

 private:
  bool fail(Span where, std::string message) {
    reporter_.error(where, std::move(message));
    return false;
  }

  /// Neighbours become one item.
  std::vector<std::uint8_t>& bytes() {
    if (out_.empty() || out_.back().address || out_.back().zeros != 0) out_.emplace_back();
    return out_.back().bytes;
  }

  bool one() {
    const Token* token = cursor_.peek();
    const bool string = token != nullptr && token->kind == TokenKind::kString;
    if (row_.operands == Operands::kString) return strings(string);
    if (row_.operands == Operands::kReals) return real();
    if (string && row_.dialect == Dialect::kNasm && !is_symbol(*token)) return text();
    if (string && !is_symbol(*token))
      return fail(cursor_.here(),
                  fmt::format("{} takes numbers: a string is written with .ascii or db", name_));
    if (row_.dialect == Dialect::kNasm && row_.width >= 4 && begins_real()) return real();
    return number();
  }

  bool is_symbol(const Token& token) const {
    return program_.place(unescape(token.text).bytes, kNoEntry).has_value();
  }

  bool begins_real() const {
    std::size_t at = 0;
    while (cursor_.peek(at) != nullptr && (cursor_.peek(at)->is("-") || cursor_.peek(at)->is("+")))
      ++at;
    return cursor_.peek(at) != nullptr && is_real_literal(*cursor_.peek(at));
  }

  bool strings(bool string) {
    if (!string) return fail(cursor_.here(), "a string is expected here");
    if (!text()) return false;
    if (row_.width == 1) bytes().push_back(0);
    return true;
  }

  /// dw "abc" fills its last element with zeros, as in nasm.
  bool text() {
    const auto inside = take_string(cursor_, "a string is expected here", reporter_);
    if (!inside) return false;
    std::vector<std::uint8_t>& out = bytes();
    out.insert(out.end(), inside->begin(), inside->end());
    const std::size_t width = std::max(row_.width, 1u);
    out.resize(out.size() + (width - inside->size() % width) % width);
    return true;
  }

  bool real() {
    const auto value = parse_real(cursor_, row_.width, names_, name_, reporter_);
    if (!value) return false;
    bytes().insert(bytes().end(), value->begin(), value->end());
    return true;
  }

  bool number() {
    const std::size_t first = cursor_.position();
    const Cursor begin = cursor_;
    auto value = parse_expression(cursor_, names_, reporter_, true);
    if (!value) return false;
    const Span where = begin.span(first, cursor_.position());
    if (!value->is_number()) {
      DataItem item;
      item.address = std::move(*value);
      item.width = row_.width;
      item.where = where;
      out_.push_back(std::move(item));
      return true;
    }
    const Integer low = -(static_cast<Integer>(1) << (row_.width * 8 - 1));
    const Integer high = (static_cast<Integer>(1) << (row_.width * 8)) - 1;
    if (value->number < low || value->number > high)
      return fail(
          where, fmt::format("{} does not fit the {} bits of {} ({} to {})", to_text(value->number),
                             row_.width * 8, name_, to_text(low), to_text(high)));
    append_number(bytes(), static_cast<std::uint64_t>(value->number), row_.width);
    return true;
  }

  bool count() {
    const Span where = cursor_.here();
    auto value = parse_expression(cursor_, names_, reporter_, true);
    if (!value) return false;
    if (value->symbol && value->minus && row_.width == 1) {
      DataItem item;
      item.count = std::move(*value);
      item.where = where;
      out_.push_back(std::move(item));
      return true;
    }
    if (!value->is_number()) return fail(where, "a number is expected here, not an address");
    const Integer* number = &value->number;
    const std::uint64_t most = kMostZeros / row_.width;
    if (*number < 0 || *number > static_cast<Integer>(most))
      return fail(where, fmt::format("{} {}: 0 to {} are possible; more belongs into .var", name_,
                                     to_text(*number), most));
    DataItem item;
    item.zeros = static_cast<std::uint64_t>(*number) * row_.width;
    out_.push_back(std::move(item));
    return true;
  }

  const Directive& row_;
  std::string_view name_;
  Cursor& cursor_;
  Program& program_;
  Names names_;
  Reporter& reporter_;
  std::vector<DataItem> out_;
};

}  // namespace

void append_number(std::vector<std::uint8_t>& out, std::uint64_t number, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

std::optional<std::vector<std::uint8_t>> parse_real(Cursor& cursor, unsigned bytes,
                                                    const Names& names, std::string_view type,
                                                    Reporter& reporter) {
  const Span where = cursor.here();
  bool negative = false;
  while (!cursor.at_end() && (cursor.peek()->is("-") || cursor.peek()->is("+")))
    negative ^= cursor.next()->is("-");
  const Token* token = cursor.next();
  const auto fail = [&](Span at, std::string message) {
    reporter.error(at, std::move(message));
    return std::nullopt;
  };
  if (token == nullptr) return fail(where, "a value is missing here");
  std::optional<double> wide;
  std::optional<float> narrow;
  if (token->is("inf") || token->is("nan")) {
    wide = token->is("inf") ? std::numeric_limits<double>::infinity()
                            : std::numeric_limits<double>::quiet_NaN();
    narrow = static_cast<float>(*wide);
  } else if (const auto define = names.define(token->text); define && define->is_number()) {
    wide = static_cast<double>(define->number);
    narrow = static_cast<float>(define->number);
  } else {
    wide = parse_float(token->text);
    narrow = parse_float32(token->text);
  }
  if (bytes == 4 ? !narrow : !wide)
    return fail(cursor.span(*token),
                looks_like_float(token->text)
                    ? fmt::format("{} does not fit {}", token->text, type)
                    : fmt::format("{} is no number for {} (1, -1.5, 2e-3, inf, nan)",
                                  quote(as_bytes(token->text), 64), type));
  std::vector<std::uint8_t> out;
  if (bytes == 4) {
    append_number(out,
                  std::bit_cast<std::uint32_t>(std::copysign(*narrow, negative ? -1.0f : 1.0f)), 4);
  } else {
    append_number(out, std::bit_cast<std::uint64_t>(std::copysign(*wide, negative ? -1.0 : 1.0)),
                  8);
  }
  return out;
}

std::optional<std::vector<DataItem>> parse_data_items(const Directive& row, std::string_view name,
                                                      Cursor& cursor, Program& program,
                                                      Reporter& reporter) {
  return ItemParser(row, name, cursor, program, reporter).parse();
}

std::optional<std::uint32_t> parse_alignment(std::string_view name, Cursor& cursor,
                                             Program& program, Reporter& reporter) {
  const Span where = cursor.here();
  if (cursor.at_end()) {
    reporter.error(where, fmt::format("{} needs {}", name, needs(Operands::kAlign)));
    return std::nullopt;
  }
  const auto number = parse_number(cursor, program.names(), reporter);
  if (!number || !at_end_of_line(cursor, reporter)) return std::nullopt;
  const bool power = *number > 0 && (*number & (*number - 1)) == 0;
  if (power && *number <= 4096) return static_cast<std::uint32_t>(*number);
  reporter.error(
      where, fmt::format("{} {}: a power of two up to 4096 is expected", name, to_text(*number)));
  return std::nullopt;
}

}  // namespace cmos::assembler

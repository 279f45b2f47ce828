#include "assembler/literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace cmos::assembler {
namespace {

std::optional<unsigned> digit_value(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'z') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'Z') return byte - 'A' + 10;
  return std::nullopt;
}

/// All of `digits`, with `_` only between two of them.
std::optional<Integer> whole(std::string_view digits, unsigned base) {
  Integer value = 0;
  bool after_digit = false;
  for (const char byte : digits) {
    if (byte == '_') {
      if (!after_digit) return std::nullopt;
      after_digit = false;
      continue;
    }
    const auto digit = digit_value(byte);
    if (!digit || *digit >= base) return std::nullopt;
    value = value * base + *digit;
    if (value > kLargest) return std::nullopt;
    after_digit = true;
  }
  if (!after_digit) return std::nullopt;
  return value;
}

char lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

/// std::errc() when all of `text` is a number that fits.
template <class Number>
std::errc read_real(std::string_view text, Number& value) {
  std::string plain;
  for (const char byte : text) {
    if (byte != '_') plain += lower(byte);
  }
  auto format = std::chars_format::general;
  std::string_view digits = plain;
  if (digits.starts_with("0x")) {
    format = std::chars_format::hex;
    digits.remove_prefix(2);
  }
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, format);
  if (end != digits.data() + digits.size()) return std::errc::invalid_argument;
  if (error == std::errc() && !std::isfinite(value)) return std::errc::invalid_argument;
  return error;
}

template <class Number>
std::optional<Number> parse_real(std::string_view text) {
  Number value = 0;
  if (read_real(text, value) != std::errc()) return std::nullopt;
  return value;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0 | code >> 6);
    byte(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    byte(0xe0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3f));
    byte(0x80 | (code & 0x3f));
  } else {
    byte(0xf0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3f));
    byte(0x80 | (code >> 6 & 0x3f));
    byte(0x80 | (code & 0x3f));
  }
}

std::optional<char> simple_escape(char letter) {
  constexpr std::string_view kLetters = "ntr0abefv\\\"'";
  constexpr std::string_view kBytes{"\n\t\r\0\a\b\x1b\f\v\\\"'", 12};
  const auto found = kLetters.find(letter);
  if (found == std::string_view::npos) return std::nullopt;
  return kBytes[found];
}

/// `rest` begins behind \x or \u; returns how much of it belongs to the escape, 0 when it is wrong.
std::size_t hex_escape(std::string_view rest, std::string& out) {
  const auto value = rest.size() < 2 ? std::nullopt : whole(rest.substr(0, 2), 16);
  if (!value || rest[0] == '_' || rest[1] == '_') return 0;
  out += static_cast<char>(*value);
  return 2;
}
std::size_t unicode_escape(std::string_view rest, std::string& out) {
  const auto close = rest.find('}');
  if (rest.empty() || rest[0] != '{' || close == std::string_view::npos || close > 8) return 0;
  const auto value = whole(rest.substr(1, close - 1), 16);
  if (!value || *value > 0x10ffff || (*value >= 0xd800 && *value < 0xe000)) return 0;
  append_utf8(out, static_cast<std::uint32_t>(*value));
  return close + 1;
}

}  // namespace

std::string to_text(Integer value) {
  if (value < 0) return "-" + to_text(-value);
  if (value <= kLargest) return fmt::format("{}", static_cast<std::uint64_t>(value));
  return fmt::format("{}{:019}", to_text(value / 10'000'000'000'000'000'000u),
                     static_cast<std::uint64_t>(value % 10'000'000'000'000'000'000u));
}

std::optional<Integer> parse_integer(std::string_view text) {
  if (text.empty() || !digit_value(text[0]) || *digit_value(text[0]) > 9) return std::nullopt;
  const char last = lower(text.back());
  const char second = text.size() > 1 ? lower(text[1]) : ' ';
  const std::string_view head = text.substr(0, text.size() - 1);
  if (text[0] == '0' && second == 'x') return whole(text.substr(2), 16);
  if (last == 'h') return whole(head, 16);
  if (text[0] == '0' && second == 'b' && text.size() > 2) return whole(text.substr(2), 2);
  if (text[0] == '0' && second == 'o') return whole(text.substr(2), 8);
  if (last == 'b') return whole(head, 2);
  if (last == 'o' || last == 'q') return whole(head, 8);
  if (last == 'd') return whole(head, 10);
  return whole(text, 10);
}

bool looks_like_float(std::string_view text) {
  double ignored = 0;
  return read_real(text, ignored) != std::errc::invalid_argument;
}

std::optional<double> parse_float(std::string_view text) {
  return parse_real<double>(text);
}
std::optional<float> parse_float32(std::string_view text) {
  return parse_real<float>(text);
}

bool has_leading_zero(std::string_view text) {
  return text.size() > 1 && text[0] == '0' &&
         std::all_of(text.begin(), text.end(), [](char one) { return one >= '0' && one <= '9'; }) &&
         std::any_of(text.begin(), text.end(), [](char one) { return one != '0'; });
}

Unescaped unescape(std::string_view quoted) {
  Unescaped out;
  std::size_t at = 1;
  const std::size_t end = quoted.size() - 1;
  while (at < end) {
    if (quoted[at] != '\\') {
      out.bytes += quoted[at++];
      continue;
    }
    const char letter = quoted[at + 1];
    if (const auto byte = simple_escape(letter)) {
      out.bytes += *byte;
      at += 2;
      continue;
    }
    const std::string_view rest = quoted.substr(at + 2, end - at - 2);
    const std::size_t used = letter == 'x'   ? hex_escape(rest, out.bytes)
                             : letter == 'u' ? unicode_escape(rest, out.bytes)
                                             : 0;
    if (used == 0) {
      out.error = letter == 'x'   ? "\\x needs two hex digits"
                  : letter == 'u' ? "\\u needs a Unicode number in braces, as in \\u{20ac}"
                                  : fmt::format("unknown escape '\\{}'", letter);
      // Half of a character would make the message no UTF-8.
      if (static_cast<unsigned char>(letter) >= 0x80) out.error = "unknown escape";
      out.error_at = at;
      out.error_size = 2;
      return out;
    }
    at += 2 + used;
  }
  return out;
}

std::optional<Integer> character_value(std::string_view quoted, std::string& error) {
  const Unescaped inside = unescape(quoted);
  error = inside.error;
  if (!error.empty()) return std::nullopt;
  const std::string& bytes = inside.bytes;
  if (bytes.size() == 1) return static_cast<unsigned char>(bytes[0]);
  const bool one_character =
      bytes.size() >= 2 && bytes.size() <= 4 && !first_invalid_utf8(as_bytes(bytes)) &&
      std::all_of(bytes.begin() + 1, bytes.end(),
                  [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; });
  if (!one_character) {
    error = bytes.empty() ? "an empty character" : "more than one character between the quotes";
    return std::nullopt;
  }
  std::uint32_t code = static_cast<unsigned char>(bytes[0]) & (0xffu >> (bytes.size() + 1));
  for (std::size_t i = 1; i < bytes.size(); ++i)
    code = code << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3f);
  return code;
}

}  // namespace cmos::assembler

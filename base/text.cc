#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace cmos {
namespace {

/// Length of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7), 0 when there is none.
std::size_t utf8_length(Bytes bytes, std::size_t at) {
  const std::uint8_t first = bytes[at];
  if (first < 0x80) return 1;
  std::size_t length = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
  } else {
    return 0;
  }
  if (length > bytes.size() - at) return 0;
  if (bytes[at + 1] < low || bytes[at + 1] > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (bytes[at + i] < 0x80 || bytes[at + i] > 0xbf) return 0;
  }
  return length;
}

/// The character of a well-formed sequence.
char32_t decode(Bytes sequence) {
  constexpr std::uint8_t kFirstBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t out = sequence[0] & kFirstBits[sequence.size()];
  for (std::size_t i = 1; i < sequence.size(); ++i) out = out << 6 | (sequence[i] & 0x3f);
  return out;
}

struct Range {
  char32_t first;
  char32_t last;
};

// clang-format off
/// In ascending order.
constexpr Range kNotPrintable[] = {
    {0x00, 0x1f},        // C0
    {0x7f, 0x9f},        // DEL, C1
    {0xad, 0xad},        // soft hyphen
    {0x61c, 0x61c},      // Arabic letter mark
    {0x180e, 0x180e},    // a vowel separator without width
    {0x200b, 0x200f},    // no width; marks of direction
    {0x2028, 0x202e},    // line and paragraph separators; embeddings and overrides of direction
    {0x2060, 0x206f},    // no width; isolates of direction
    {0xfeff, 0xfeff},    // byte order mark
    {0xfff9, 0xfffb},    // interlinear annotations
    {0xe0000, 0xe0fff},  // tags
};
// clang-format on

bool printable(Bytes sequence) {
  if (sequence.size() == 1) return sequence[0] >= 0x20 && sequence[0] < 0x7f;
  const char32_t character = decode(sequence);
  for (const Range& range : kNotPrintable) {
    if (character <= range.last) return character < range.first;
  }
  return true;
}

/// Bytes of the printable character at `at`, 0 when there is none.
std::size_t printable_length(Bytes bytes, std::size_t at) {
  const std::size_t length = utf8_length(bytes, at);
  return length > 0 && printable(bytes.subspan(at, length)) ? length : 0;
}

void append_escaped(std::string& out, std::uint8_t byte) {
  switch (byte) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    default:
      out += fmt::format("\\x{:02x}", byte);
  }
}

}  // namespace

std::optional<std::size_t> first_invalid_utf8(Bytes bytes) {
  constexpr std::uint64_t kNotAscii = 0x8080'8080'8080'8080;
  for (std::size_t at = 0; at < bytes.size();) {
    if (bytes.size() - at >= 8) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, bytes.data() + at, sizeof eight);
      if ((eight & kNotAscii) == 0) {
        at += 8;
        continue;
      }
    }
    const std::size_t length = utf8_length(bytes, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

std::string quote(Bytes bytes, std::size_t limit) {
  std::string out = "\"";
  std::size_t at = 0;
  while (at < bytes.size() && at < limit) {
    const std::size_t length = printable_length(bytes, at);
    if (length > 0 && at + length <= limit && bytes[at] != '"' && bytes[at] != '\\') {
      out += as_text(bytes.subspan(at, length));
      at += length;
    } else {
      append_escaped(out, bytes[at]);
      ++at;
    }
  }
  out += '"';
  if (at < bytes.size()) out += "...";
  return out;
}

namespace {

/// `kept`: bytes that stay although they are not printable.
std::string escape(std::string_view text, std::size_t limit, std::string_view kept) {
  const Bytes bytes = as_bytes(text);
  std::string out;
  out.reserve(std::min(text.size(), limit));
  std::size_t at = 0;
  while (at < bytes.size() && at < limit) {
    const std::size_t length = printable_length(bytes, at);
    const std::size_t shown = length > 0 ? length : kept.find(text[at]) != kept.npos ? 1 : 0;
    if (shown > 0 && at + shown <= limit) {
      out += text.substr(at, shown);
      at += shown;
    } else {
      append_escaped(out, bytes[at]);
      ++at;
    }
  }
  if (at < bytes.size()) out += "...";
  return out;
}

}  // namespace

std::string presentable(std::string_view text, std::size_t limit) {
  return escape(text, limit, "");
}

std::string presentable_lines(std::string_view text) {
  return escape(text, SIZE_MAX, "\n\t");
}

std::string masked(std::string_view line) {
  const Bytes bytes = as_bytes(line);
  std::string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = std::max<std::size_t>(1, utf8_length(bytes, at));
    const bool shown = bytes[at] == '\t' || printable_length(bytes, at) > 0;
    out += shown ? line.substr(at, length) : "?";
    at += length;
  }
  return out;
}

std::string presentable_json(std::string_view json) {
  const Bytes bytes = as_bytes(json);
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = std::max<std::size_t>(1, utf8_length(bytes, at));
    const Bytes sequence = bytes.subspan(at, length);
    // Between its values JSON has line feeds; inside them, none of the single bytes below 0x20.
    if (bytes[at] < 0x7f || printable(sequence)) {
      out += json.substr(at, length);
    } else if (const char32_t character = decode(sequence); character < 0x10000) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(character));
    } else {
      const auto rest = static_cast<std::uint32_t>(character - 0x10000);
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
    }
    at += length;
  }
  return out;
}

}  // namespace cmos

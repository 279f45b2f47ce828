#include "base/text.h"

#include <fmt/format.h>

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

/// C1 controls and the like would still move a terminal's cursor: only printable text passes as it is.
bool printable(Bytes sequence) {
  if (sequence.size() == 1) return sequence[0] >= 0x20 && sequence[0] < 0x7f;
  return !(sequence.size() == 2 && sequence[0] == 0xc2 && sequence[1] < 0xa0);
}

void append_escaped(std::string& out, std::uint8_t byte) {
  switch (byte) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    default: out += fmt::format("\\x{:02x}", byte);
  }
}

}  // namespace

std::optional<std::size_t> first_invalid_utf8(Bytes bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
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
    const std::size_t length = utf8_length(bytes, at);
    const bool plain = length > 0 && at + length <= limit && printable(bytes.subspan(at, length)) &&
                       bytes[at] != '"' && bytes[at] != '\\';
    if (plain) {
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

}  // namespace cmos

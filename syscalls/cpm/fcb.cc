#include "syscalls/cpm/fcb.h"

#include <algorithm>
#include <cctype>

namespace cmos::cpm {
namespace {

/// What may stand in a name; not what separates words or has a meaning of its own.
bool is_name_character(char c) {
  constexpr std::string_view kSeparators = " <>.,;:=?*[]|/\\";
  return c > ' ' && c < 0x7f && kSeparators.find(c) == std::string_view::npos;
}

}  // namespace

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool FileName::ambiguous() const {
  return std::find(text.begin(), text.end(), '?') != text.end();
}

bool FileName::fits(const FileName& name) const {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '?' && text[i] != name.text[i]) return false;
  }
  return true;
}

std::string FileName::shown() const {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (i >= 8 && out.find('.') == std::string::npos) out += '.';
    out += text[i];
  }
  return out;
}

std::optional<FileName> name_of_host(std::string_view host) {
  FileName out;
  out.text.fill(' ');
  const std::size_t dot = host.find('.');
  const std::string_view name = host.substr(0, dot);
  const std::string_view type =
      dot == std::string_view::npos ? std::string_view() : host.substr(dot + 1);
  if (name.empty() || name.size() > 8 || type.size() > 3 ||
      (dot != std::string_view::npos && type.empty()))
    return std::nullopt;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!is_name_character(name[i])) return std::nullopt;
    out.text[i] = upper(name[i]);
  }
  for (std::size_t i = 0; i < type.size(); ++i) {
    if (!is_name_character(type[i])) return std::nullopt;
    out.text[8 + i] = upper(type[i]);
  }
  return out;
}

FileName name_of_word(std::string_view word) {
  FileName out;
  out.text.fill(' ');
  std::size_t at = 0;
  std::size_t end = 8;
  for (const char c : word) {
    if (c == '.' && end == 8) {
      at = 8;
      end = 11;
    } else if (c == '*') {
      while (at < end) out.text[at++] = '?';
    } else if (at < end) {
      out.text[at++] = upper(c);
    }
  }
  return out;
}

void Fcb::set_record(std::uint32_t record, std::uint32_t records) {
  const std::uint32_t extent = record / kExtentRecords;
  bytes[32] = static_cast<std::uint8_t>(record % kExtentRecords);
  bytes[12] = static_cast<std::uint8_t>(extent & 0x1f);
  bytes[14] = static_cast<std::uint8_t>((bytes[14] & 0xc0) | (extent >> 5 & 0x3f));
  const std::uint32_t first = extent * kExtentRecords;
  bytes[15] =
      static_cast<std::uint8_t>(records <= first ? 0 : std::min(records - first, kExtentRecords));
}

void Fcb::set_random_record(std::uint32_t record) {
  bytes[33] = static_cast<std::uint8_t>(record);
  bytes[34] = static_cast<std::uint8_t>(record >> 8);
  bytes[35] = static_cast<std::uint8_t>(record >> 16);
}

FileName Fcb::name_at(std::size_t at) const {
  FileName out;
  for (std::size_t i = 0; i < out.text.size(); ++i) {
    const auto c = static_cast<char>(bytes[at + i] & 0x7f);
    out.text[i] = upper(c);
  }
  return out;
}

}  // namespace cmos::cpm

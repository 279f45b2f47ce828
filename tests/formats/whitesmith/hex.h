// Bytes as the documentation writes them: "99 14 | 0000", and back.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace cmos::whitesmith::test {

/// Digits in pairs; everything else separates.
inline std::vector<std::uint8_t> hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::vector<std::uint8_t> out;
  bool high = true;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) continue;
    if (high) out.push_back(static_cast<std::uint8_t>(digit << 4));
    if (!high) out.back() = static_cast<std::uint8_t>(out.back() | digit);
    high = !high;
  }
  return out;
}

inline std::string to_hex(Bytes bytes) {
  std::string out;
  for (const std::uint8_t one : bytes) out += fmt::format("{}{:02x}", out.empty() ? "" : " ", one);
  return out;
}

}  // namespace cmos::whitesmith::test

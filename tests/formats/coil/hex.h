// Bytes as the documentation prints them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cmos::coil {

/// "10 02 9000" to bytes; blanks and line ends do not count.
inline std::vector<std::uint8_t> from_hex(std::string_view text) {
  std::vector<std::uint8_t> out;
  std::string pair;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    pair += c;
    if (pair.size() < 2) continue;
    out.push_back(static_cast<std::uint8_t>(std::stoul(pair, nullptr, 16)));
    pair.clear();
  }
  return out;
}

}  // namespace cmos::coil

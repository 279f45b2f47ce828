#include "runtime/process/limits.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace cmos::runtime {

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::pair<unsigned, char>, 3> kUnits{{{30, 'G'}, {20, 'M'}, {10, 'K'}}};
  for (const auto& [shift, letter] : kUnits) {
    const std::uint64_t unit = 1ull << shift;
    if (bytes >= unit && bytes % unit == 0) return fmt::format("{}{}", bytes >> shift, letter);
  }
  return fmt::format("{}", bytes);
}

}  // namespace cmos::runtime

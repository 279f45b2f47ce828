// The text of the .target files of coil/targets.
#pragma once

#include <span>
#include <string_view>

namespace cmos::coil {

struct ShippedTarget {
  std::string_view name;  ///< "x86-64.target"
  std::string_view text;
};
std::span<const ShippedTarget> shipped_targets();

}  // namespace cmos::coil

// "Did you mean …?"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cmos {

/// The candidate that `word` most likely was meant to be: few typing errors away, or the only one
/// that begins like it.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace cmos

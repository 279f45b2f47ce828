// What an object of sdcc's assemblers is found wrong by: its reader stops at the first fault.
#pragma once

#include <span>

#include "base/findings.h"

namespace cmos::rel::rules {

using enum Severity;

inline constexpr Rule kMalformed{"rel-malformed", "docs/module-format.md cmos-mod", kError};
inline constexpr Rule kUnsupported{"rel-unsupported", "docs/module-format.md cmos-mod", kError};

inline constexpr RuleRow kRows[] = {
    {kMalformed, "an object of sdcc's assemblers that cannot be read"},
    {kUnsupported, "one with relocations or numbers that are not known here"}};

inline std::span<const RuleRow> table() {
  return kRows;
}

}  // namespace cmos::rel::rules

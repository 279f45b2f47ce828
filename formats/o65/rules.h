// What an o65 object is found wrong by: its reader stops at the first fault.
#pragma once

#include <span>

#include "base/findings.h"

namespace cmos::o65::rules {

using enum Severity;

inline constexpr Rule kMalformed{"o65-malformed", "docs/module-format.md cmos-mod", kError};
inline constexpr Rule kUnsupported{"o65-unsupported", "docs/module-format.md cmos-mod", kError};

inline constexpr RuleRow kRows[] = {
    {kMalformed, "an o65 object that cannot be read"},
    {kUnsupported, "an o65 object of a kind that is not known here"}};

inline std::span<const RuleRow> table() {
  return kRows;
}

}  // namespace cmos::o65::rules

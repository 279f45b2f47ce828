// The rules of all formats in one list, for --list-rules.
#pragma once

#include "base/findings.h"

namespace cmos::inspect::rules {

using enum Severity;

/// The one rule that belongs to no format.
inline constexpr Rule kUnknownFormat{"unknown-format", "docs/inspecting.md", kError};

}  // namespace cmos::inspect::rules

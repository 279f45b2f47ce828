// Every rule that an archive can break, whatever its members are. Nothing else declares one.
#pragma once

#include <span>

#include "base/findings.h"

namespace cmos::archive::rules {

using enum Severity;

inline constexpr Rule kMalformed{"archive-malformed", "docs/cpo.md Archives", kError};
inline constexpr Rule kThin{"archive-thin", "docs/cpo.md Archives", kHint};
inline constexpr Rule kNoIndex{"archive-no-index", "docs/cpo.md Archives", kWarning};
inline constexpr Rule kIndexIncomplete{"archive-index-incomplete", "docs/cpo.md Archives", kError};
inline constexpr Rule kIndexStale{"archive-index-stale", "docs/cpo.md Archives", kError};
inline constexpr Rule kUnknownMember{"archive-unknown-member", "docs/cpo.md Archives", kWarning};
inline constexpr Rule kMixedArch{"archive-mixed-arch", "docs/cpo.md Archives", kWarning};
inline constexpr Rule kDuplicateMember{"archive-duplicate-member", "docs/cpo.md Archives", kHint};

/// All of them, with what each one means.
std::span<const RuleRow> table();

}  // namespace cmos::archive::rules

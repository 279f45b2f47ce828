// Rules of formats whose readers know none: ELF as the linker needs it, archives. Those of CPE and
// CPO stand with their formats; rules.cc lists all.
#pragma once

#include "base/findings.h"

namespace cmos::inspect::rules {

using enum Severity;

inline constexpr Rule kUnknownFormat{"unknown-format", "docs/inspecting.md", kError};

// ELF
inline constexpr Rule kElfMalformed{"elf-malformed", "docs/cpo.md ELF objects", kError};
inline constexpr Rule kElfUnsupported{"elf-unsupported", "docs/cpo.md ELF objects", kError};
inline constexpr Rule kElfRelocationType{"elf-relocation-type", "abi 7", kError};
inline constexpr Rule kElfThreadLocal{"elf-thread-local", "docs/cpo.md ELF objects", kError};
inline constexpr Rule kElfIndirect{"elf-indirect-function", "docs/cpo.md ELF objects", kError};
inline constexpr Rule kElfProgram{"elf-program", "abi 1.3", kError};

// Archives
inline constexpr Rule kArchiveMalformed{"archive-malformed", "docs/cpo.md Archives", kError};
inline constexpr Rule kArchiveThin{"archive-thin", "docs/cpo.md Archives", kHint};
inline constexpr Rule kArchiveNoIndex{"archive-no-index", "docs/cpo.md Archives", kWarning};
inline constexpr Rule kArchiveIndexIncomplete{"archive-index-incomplete", "docs/cpo.md Archives",
                                              kError};
inline constexpr Rule kArchiveIndexStale{"archive-index-stale", "docs/cpo.md Archives", kError};
inline constexpr Rule kArchiveUnknownMember{"archive-unknown-member", "docs/cpo.md Archives",
                                            kWarning};
inline constexpr Rule kArchiveMixedArch{"archive-mixed-arch", "docs/cpo.md Archives", kWarning};
inline constexpr Rule kArchiveDuplicateMember{"archive-duplicate-member", "docs/cpo.md Archives",
                                              kHint};

}  // namespace cmos::inspect::rules

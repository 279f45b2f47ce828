// Every rule that a module file can break. Nothing else declares one.
#pragma once

#include <span>

#include "base/findings.h"

namespace cmos::mod::rules {

using enum Severity;

// Header
inline constexpr Rule kHeaderTruncated{"header-truncated", "docs/module-format.md Header", kError};
inline constexpr Rule kBadMagic{"bad-magic", "docs/module-format.md Header", kError};
inline constexpr Rule kNewerVersion{"newer-version", "docs/module-format.md Header", kError};
inline constexpr Rule kBadHeaderLength{"bad-header-length", "docs/module-format.md Header", kError};
inline constexpr Rule kHeaderFlags{"header-flags", "docs/module-format.md Header", kError};
inline constexpr Rule kBudget{"budget", "docs/module-format.md Header", kWarning};
inline constexpr Rule kSizeMismatch{"size-mismatch", "docs/module-format.md Header", kError};

// Options
inline constexpr Rule kOptionTruncated{"option-truncated", "docs/module-format.md Options", kError};
inline constexpr Rule kBadCpuOption{"bad-cpu-option", "docs/module-format.md Options", kError};
inline constexpr Rule kBadPlatform{"bad-platform", "docs/module-format.md Options", kError};
inline constexpr Rule kUnknownOption{"unknown-option", "docs/module-format.md Options", kHint};

// Sections
inline constexpr Rule kSectionTruncated{"section-truncated", "docs/module-format.md Sections",
                                        kError};
inline constexpr Rule kSectionLength{"section-length", "docs/module-format.md Sections", kError};
inline constexpr Rule kSectionFlags{"section-flags", "docs/module-format.md Sections", kError};
inline constexpr Rule kSectionOrder{"section-order", "docs/module-format.md Sections", kError};
inline constexpr Rule kUnknownRequired{"unknown-required", "docs/module-format.md Sections",
                                       kError};
inline constexpr Rule kUnknownSection{"unknown-section", "docs/module-format.md Sections", kHint};

// Imports and exports
inline constexpr Rule kEntryTruncated{"entry-truncated",
                                      "docs/module-format.md Imports and exports", kError};
inline constexpr Rule kBadOrdinal{"bad-ordinal", "docs/module-format.md Imports and exports",
                                  kError};
inline constexpr Rule kDuplicateOrdinal{"duplicate-ordinal",
                                        "docs/module-format.md Imports and exports", kError};
inline constexpr Rule kBadValueType{"bad-value-type", "docs/module-format.md Imports and exports",
                                    kError};
inline constexpr Rule kBadName{"bad-name", "docs/module-format.md Imports and exports", kError};
inline constexpr Rule kDuplicateName{"duplicate-name", "docs/module-format.md Imports and exports",
                                     kError};
inline constexpr Rule kExportSegment{"export-segment", "docs/module-format.md Imports and exports",
                                     kError};
inline constexpr Rule kExportOffset{"export-offset", "docs/module-format.md Imports and exports",
                                    kError};
inline constexpr Rule kUnusedImport{"unused-import", "docs/module-format.md Imports and exports",
                                    kHint};

// Segments
inline constexpr Rule kSegmentHeader{"segment-header-length", "docs/module-format.md Segments",
                                     kError};
inline constexpr Rule kBadSegmentId{"bad-segment-id", "docs/module-format.md Segments", kError};
inline constexpr Rule kDuplicateSegment{"duplicate-segment-id", "docs/module-format.md Segments",
                                        kError};
inline constexpr Rule kSegmentName{"bad-segment-name", "docs/module-format.md Segments", kError};
inline constexpr Rule kUnknownFamily{"unknown-family", "docs/module-format.md Segments", kError};
inline constexpr Rule kPayloadTruncated{"payload-truncated", "docs/module-format.md Segments",
                                        kError};
inline constexpr Rule kOriginRange{"origin-range", "docs/module-format.md Segments", kError};
inline constexpr Rule kNoPayload{"no-payload", "docs/module-format.md Segments", kWarning};

// Relocations
inline constexpr Rule kRelocationType{"relocation-type", "docs/module-format.md Relocations",
                                      kError};
inline constexpr Rule kRelocationTable{"relocation-table", "docs/module-format.md Relocations",
                                       kError};
inline constexpr Rule kRelocationSegment{"relocation-segment", "docs/module-format.md Relocations",
                                         kError};
inline constexpr Rule kRelocationOrdinal{"relocation-ordinal", "docs/module-format.md Relocations",
                                         kError};
inline constexpr Rule kRelocationPlace{"relocation-place", "docs/module-format.md Relocations",
                                       kError};
inline constexpr Rule kRelocationOverlap{"relocation-overlap", "docs/module-format.md Relocations",
                                         kError};

/// Each with what it means.
std::span<const RuleRow> table();

}  // namespace cmos::mod::rules

// Every rule that a Whitesmith's object, program or archive can break. Nothing else declares one.
#pragma once

#include <span>

#include "base/findings.h"

namespace cmos::whitesmith::rules {

using enum Severity;

// Header
inline constexpr Rule kHeaderTruncated{"header-truncated", "docs/whitesmith.md Header", kError};
inline constexpr Rule kBadMagic{"bad-magic", "docs/whitesmith.md Header", kError};
inline constexpr Rule kNameLengthOne{"name-length-one", "docs/whitesmith.md Config byte", kWarning};
inline constexpr Rule kAmbiguousConfig{"ambiguous-config", "docs/whitesmith.md Config byte", kHint};
inline constexpr Rule kBadTextSize{"bad-text-size", "docs/whitesmith.md Header", kError};
inline constexpr Rule kBadDataSize{"bad-data-size", "docs/whitesmith.md Header", kError};
inline constexpr Rule kBadSymbolTableSize{"bad-symbol-table-size", "docs/whitesmith.md Header",
                                          kError};
inline constexpr Rule kAddressSpace{"address-space", "docs/whitesmith.md Header", kWarning};
inline constexpr Rule kHeapInObject{"heap-in-object", "docs/whitesmith.md Header", kHint};

// Symbols
inline constexpr Rule kSymbolsTruncated{"symbols-truncated", "docs/whitesmith.md Symbols", kError};
inline constexpr Rule kBadSymbolType{"bad-symbol-type", "docs/whitesmith.md Symbols", kError};
inline constexpr Rule kLocalUndefined{"local-undefined", "docs/whitesmith.md Symbols", kWarning};
inline constexpr Rule kBadSymbolName{"bad-symbol-name", "docs/whitesmith.md Symbols", kWarning};
inline constexpr Rule kSymbolOutsideSegment{"symbol-outside-segment", "docs/whitesmith.md Symbols",
                                            kWarning};
inline constexpr Rule kSeparateBss{"separate-bss", "docs/whitesmith.md Symbols", kHint};
inline constexpr Rule kDuplicateSymbol{"duplicate-symbol", "docs/whitesmith.md Symbols", kWarning};
inline constexpr Rule kUndefinedLast{"undefined-last", "docs/whitesmith.md Symbols", kHint};

// Relocations
inline constexpr Rule kItemsTruncated{"relocations-truncated", "docs/whitesmith.md Relocations",
                                      kError};
inline constexpr Rule kItemOutsideSegment{"relocation-outside-segment",
                                          "docs/whitesmith.md Relocations", kError};
inline constexpr Rule kBadItemSymbol{"bad-relocation-symbol", "docs/whitesmith.md Relocations",
                                     kError};
inline constexpr Rule kReservedItem{"reserved-relocation", "docs/whitesmith.md Relocations",
                                    kError};
inline constexpr Rule kBadItemWidth{"bad-relocation-width", "docs/whitesmith.md Relocations",
                                    kError};
inline constexpr Rule kDistancePastEnd{"distance-past-end", "docs/whitesmith.md Relocations",
                                       kWarning};
inline constexpr Rule kDefinedSymbolItem{"defined-symbol-relocation", "docs/whitesmith.md Dialects",
                                         kHint};
inline constexpr Rule kRelativeAddend{"segment-relative-addend", "docs/whitesmith.md Dialects",
                                      kWarning};

// End
inline constexpr Rule kPadding{"padding", "docs/whitesmith.md Padding", kHint};
inline constexpr Rule kTrailingBytes{"trailing-bytes", "docs/whitesmith.md Padding", kWarning};

// Archives
inline constexpr Rule kArchiveBadMagic{"bad-archive-magic", "docs/whitesmith.md Archives", kError};
inline constexpr Rule kMemberTruncated{"member-truncated", "docs/whitesmith.md Archives", kError};
inline constexpr Rule kBadMemberName{"bad-member-name", "docs/whitesmith.md Archives", kWarning};
inline constexpr Rule kNoEndMarker{"no-end-marker", "docs/whitesmith.md Archives", kHint};
inline constexpr Rule kArchiveTrailingBytes{"archive-trailing-bytes", "docs/whitesmith.md Archives",
                                            kWarning};
inline constexpr Rule kArchivePadding{"archive-padding", "docs/whitesmith.md Archives", kHint};

inline constexpr Rule kDuplicateMember{"duplicate-member", "docs/whitesmith.md Archives", kHint};
inline constexpr Rule kForeignMember{"foreign-member", "docs/whitesmith.md Archives", kWarning};

/// Those of objects and programs, and those of archives, each with what it means.
std::span<const RuleRow> table();
std::span<const RuleRow> archive_table();

}  // namespace cmos::whitesmith::rules

// Every rule that a CPO file can break. Nothing else declares one.
#pragma once

#include <span>

#include "base/findings.h"

namespace cmos::cpo::rules {

using enum Severity;

// HEADER
inline constexpr Rule kHeaderTruncated{"header-truncated", "cpo 2", kError};
inline constexpr Rule kBadMagic{"bad-magic", "cpo 2", kError};
inline constexpr Rule kBadVersion{"bad-version", "cpo 2", kError};
inline constexpr Rule kUnknownArch{"unknown-arch", "cpo 2", kWarning};
inline constexpr Rule kUnknownFlags{"unknown-flags", "abi 7", kError};
inline constexpr Rule kReservedNotZero{"reserved-not-zero", "abi 7", kWarning};
inline constexpr Rule kBadHeaderSize{"bad-header-size", "abi 7", kError};
inline constexpr Rule kBadCodeSize{"bad-code-size", "cpo 2", kError};
inline constexpr Rule kBadDataSize{"bad-data-size", "cpo 2", kError};
inline constexpr Rule kBadSymbolTableOffset{"bad-symbol-table-offset", "cpo 2", kError};
inline constexpr Rule kGap{"gap", "cpo 1", kWarning};

// DATA
inline constexpr Rule kRecordTruncated{"record-truncated", "abi 7", kError};
inline constexpr Rule kBadRecordKind{"bad-record-kind", "abi 7", kError};
inline constexpr Rule kRecordOrder{"record-order", "abi 7", kError};
inline constexpr Rule kBadRecordType{"bad-record-type", "abi 7", kError};
inline constexpr Rule kBadRecordAlignment{"bad-record-alignment", "abi 7", kError};
inline constexpr Rule kBadRecordName{"bad-record-name", "abi 7", kError};
inline constexpr Rule kBadStoredLength{"bad-stored-length", "abi 7", kError};
inline constexpr Rule kTypeSize{"type-size", "abi 7", kWarning};
inline constexpr Rule kBadText{"bad-text", "abi 7", kWarning};
inline constexpr Rule kImageTooLarge{"image-too-large", "abi 7", kError};

// SYMBOL TABLE
inline constexpr Rule kSymbolsTruncated{"symbols-truncated", "cpo 4", kError};
inline constexpr Rule kBadSymbolName{"bad-symbol-name", "cpo 4", kError};
inline constexpr Rule kBadSymbolType{"bad-symbol-type", "cpo 4", kError};
inline constexpr Rule kBadSymbolSection{"bad-symbol-section", "cpo 4", kError};
inline constexpr Rule kSymbolOutsideSection{"symbol-outside-section", "abi 7", kError};
inline constexpr Rule kExternWithPlace{"extern-with-place", "cpo 4", kError};
inline constexpr Rule kBadLocation{"bad-location", "abi 7", kError};
inline constexpr Rule kUnusedLocation{"unused-location", "abi 7", kWarning};
inline constexpr Rule kDuplicateSymbol{"duplicate-symbol", "cpo 4", kError};
inline constexpr Rule kDuplicateExtern{"duplicate-extern", "cpo 4", kWarning};

// RELOCATIONS
inline constexpr Rule kRelocationsTruncated{"relocations-truncated", "abi 7", kError};
inline constexpr Rule kBadRelocationSection{"bad-relocation-section", "abi 7", kError};
inline constexpr Rule kBadRelocationType{"bad-relocation-type", "abi 7", kError};
inline constexpr Rule kRelocationOutsideSection{"relocation-outside-section", "abi 7", kError};
inline constexpr Rule kBadRelocationSymbol{"bad-relocation-symbol", "abi 7", kError};

// Optional sections
inline constexpr Rule kOptionalTruncated{"optional-truncated", "abi 7", kError};
inline constexpr Rule kBadOptionalName{"bad-optional-name", "abi 7", kError};
inline constexpr Rule kDuplicateLink{"duplicate-link-section", "abi 7", kError};
inline constexpr Rule kLinkTruncated{"link-truncated", "abi 7", kError};
inline constexpr Rule kBadLinkVersion{"bad-link-version", "abi 7", kError};
inline constexpr Rule kBadUnit{"bad-unit", "abi 7", kError};
inline constexpr Rule kBadGroup{"bad-group", "abi 7", kError};
inline constexpr Rule kBadLinkSymbol{"bad-link-symbol", "abi 7", kError};
inline constexpr Rule kBadLinkRelocation{"bad-link-relocation", "abi 7", kError};
inline constexpr Rule kTrailingBytes{"trailing-bytes", "cpo 1", kWarning};

/// All of them, with what each one means.
std::span<const RuleRow> table();

}  // namespace cmos::cpo::rules

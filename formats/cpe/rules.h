// Every rule that a CPE file can break: stable name, section of the specification, gravity. Nothing
// else declares one.
#pragma once

#include <span>

#include "base/findings.h"

namespace cmos::cpe {

namespace rules {

using enum Severity;

// HEADER
inline constexpr Rule kHeaderTruncated{"header-truncated", "abi 1.1", kError};
inline constexpr Rule kBadMagic{"bad-magic", "cpe 1.1", kError};
inline constexpr Rule kBadVersion{"bad-version", "abi 1.1", kError};
inline constexpr Rule kUnknownArch{"unknown-arch", "abi 1.1", kWarning};
inline constexpr Rule kBadMetadataOffset{"bad-metadata-offset", "abi 1.1", kError};
inline constexpr Rule kBadChecksum{"bad-checksum", "abi 1.1", kError};
inline constexpr Rule kEntryOutsideCode{"entry-outside-code", "abi 1.1", kError};
inline constexpr Rule kEntryNotExecutable{"entry-not-executable", "abi 1.3", kWarning};
inline constexpr Rule kEntryBase{"entry-base", "abi 1.1", kHint};

// SIGNATURE
inline constexpr Rule kBadSignature{"bad-signature", "abi 1.2", kError};
inline constexpr Rule kUnstatedSignature{"unstated-signature", "abi 1.1", kWarning};

// CODE
inline constexpr Rule kCodeTruncated{"code-truncated", "abi 1.3", kError};
inline constexpr Rule kBadCodeSize{"bad-code-size", "abi 1.3", kError};
inline constexpr Rule kBadTableLength{"bad-table-length", "abi 1.3", kError};
inline constexpr Rule kBadTable{"bad-table", "abi 1.3", kError};
inline constexpr Rule kDuplicateSymbol{"duplicate-symbol", "abi 1.6", kWarning};
inline constexpr Rule kSymbolOutsideImage{"symbol-outside-image", "abi 1.3", kHint};
inline constexpr Rule kUnpaddedCode{"unpadded-code", "abi 1.3", kWarning};
inline constexpr Rule kPaddingNotZero{"padding-not-zero", "abi 1.6", kWarning};
inline constexpr Rule kUnfoundEnd{"unfound-end", "abi 1.5", kError};

// Boundary symbols
inline constexpr Rule kBoundaryAmbiguous{"boundary-ambiguous", "abi 1.3", kError};
inline constexpr Rule kBoundaryUnaligned{"boundary-unaligned", "abi 1.3", kError};
inline constexpr Rule kBoundaryOrder{"boundary-order", "abi 1.3", kError};
inline constexpr Rule kImageTooLarge{"image-too-large", "abi 2", kError};
inline constexpr Rule kZeroFillNotWritable{"zero-fill-not-writable", "abi 1.3", kHint};

// MINI DISK
inline constexpr Rule kMissingMiniDisk{"missing-mini-disk", "abi 1.4", kError};
inline constexpr Rule kNoMiniDiskSection{"no-mini-disk-section", "abi 1.4", kWarning};
inline constexpr Rule kMiniDiskTruncated{"mini-disk-truncated", "abi 1.4", kError};
inline constexpr Rule kBadLock{"bad-lock", "abi 1.4", kError};
inline constexpr Rule kStaleLock{"stale-lock", "abi 1.4", kWarning};
inline constexpr Rule kBadBackupName{"bad-backup-name", "abi 1.4", kError};
inline constexpr Rule kTrailingBytes{"trailing-bytes", "abi 1.6", kWarning};

/// All of them, with what each one means.
std::span<const RuleRow> table();

}  // namespace rules
}  // namespace cmos::cpe

// The headers of the four binary formats (docs/coil.md 1): eight bytes that all of them share, then
// three or four offsets, then the file's size. ONE table says what each has.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/findings.h"
#include "formats/coil/codes.h"

namespace cmos::coil {

enum class FileKind : std::uint8_t { kObject, kOutput, kBytecode, kDebug };

struct Version {
  std::uint8_t major = 1;
  std::uint8_t minor = 0;
  std::uint8_t patch = 0;
  bool operator==(const Version&) const = default;
};
/// What is written, and up to which minor version everything is understood.
inline constexpr Version kVersion{1, 0, 0};
/// The minor version that says a .cbc uses the instruction formats 8, 9 and A.
inline constexpr std::uint8_t kExtendedMinor = 1;

namespace flag {
inline constexpr std::uint8_t kBigEndian = 0x08;
// .coil
inline constexpr std::uint8_t kObject = 0x01;
inline constexpr std::uint8_t kDebug = 0x04;  ///< .coil and .coilo
// .coilo
inline constexpr std::uint8_t kNative = 0x01;
inline constexpr std::uint8_t kHasCbc = 0x02;
// .cbc
inline constexpr std::uint8_t kCbcDebug = 0x01;
inline constexpr std::uint8_t kExtendedPool = 0x02;
inline constexpr std::uint8_t kMetadata = 0x04;
}  // namespace flag

struct FileKindRow {
  FileKind kind;
  std::string_view name;                    ///< "coil"
  std::string_view description;             ///< "COIL object"
  std::string_view magic;                   ///< four bytes
  std::array<std::string_view, 4> offsets;  ///< the header's own names; empty = not there
  Codes flags;

  std::size_t offset_count() const { return offsets[3].empty() ? 3 : 4; }
  std::uint32_t header_size() const {
    return static_cast<std::uint32_t>(8 + 4 * offset_count() + 4);
  }
};
std::span<const FileKindRow> file_kinds();
const FileKindRow& row_of(FileKind kind);
/// By magic.
const FileKindRow* kind_of(Bytes bytes);

struct Header {
  FileKind kind = FileKind::kObject;
  Version version;
  std::uint8_t flags = 0;
  std::array<std::uint32_t, 4> offsets = {};
  std::uint32_t file_size = 0;

  ByteOrder order() const {
    return (flags & flag::kBigEndian) != 0 ? ByteOrder::kBig : ByteOrder::kLittle;
  }
};

/// Reads the header and checks all that a header can be wrong in; nothing when what follows cannot
/// be read for it (magic, size, major version).
std::optional<Header> parse_header(Bytes bytes, FileKind kind, Findings& findings);
/// Writes it with zeros for offsets and size.
void put_header(FileKind kind, const Version& version, std::uint8_t flags, ByteWriter& out);
/// Fills in offset `index` of a header, or the file's size.
void patch_offset(std::size_t index, std::uint64_t value, ByteWriter& out);
void patch_file_size(FileKind kind, ByteWriter& out);

}  // namespace cmos::coil

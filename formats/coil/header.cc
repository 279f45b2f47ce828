#include "formats/coil/header.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/coil/rules.h"

namespace cmos::coil {
namespace {

constexpr Code kObjectFlags[] = {{0x01, "object"}, {0x04, "debug"}, {0x08, "big-endian"}};
constexpr Code kOutputFlags[] = {
    {0x01, "native"}, {0x02, "cbc"}, {0x04, "debug"}, {0x08, "big-endian"}};
constexpr Code kBytecodeFlags[] = {
    {0x01, "debug"}, {0x02, "extended-pool"}, {0x04, "metadata"}, {0x08, "big-endian"}};
constexpr Code kDebugFlags[] = {{0x08, "big-endian"}};

using std::string_view_literals::operator""sv;

// clang-format off
constexpr FileKindRow kKinds[] = {
    {FileKind::kObject, "coil", "COIL object", "COIL",
     {"symbol_offset", "section_offset", "reloc_offset", "debug_offset"}, kObjectFlags},
    {FileKind::kOutput, "coilo", "COIL output object", "CILO",
     {"symbol_offset", "section_offset", "meta_offset", ""}, kOutputFlags},
    {FileKind::kBytecode, "cbc", "CBC bytecode", "CBC\0"sv,
     {"constant_offset", "code_offset", "metadata_offset", ""}, kBytecodeFlags},
    {FileKind::kDebug, "coild", "COIL debug information", "CILD",
     {"debug_offset", "symbols_offset", "strings_offset", ""}, kDebugFlags},
};
// clang-format on

constexpr std::uint64_t kFirstOffset = 8;

bool check_start(Bytes bytes, const FileKindRow& row, Findings& findings) {
  if (bytes.size() < row.header_size()) {
    findings.add(rules_of::kHeaderSize.rule, 0, "file size", fmt::format("{} bytes", bytes.size()),
                 fmt::format("{} bytes for the header", row.header_size()));
    return false;
  }
  if (as_text(bytes.first(4)) != row.magic) {
    findings.add(rules_of::kMagic.rule, 0, "magic", quote(bytes.first(4)),
                 quote(as_bytes(row.magic)));
    return false;
  }
  return true;
}

bool check_version(const Header& header, Findings& findings) {
  const auto& [major, minor, patch] = header.version;
  if (major > kVersion.major) {
    findings.add(rules_of::kNewerVersion.rule,
                 Error{.code = ErrorCode::kUnsupported,
                       .offset = 4,
                       .field = "version",
                       .found = fmt::format("{}.{}.{}", major, minor, patch),
                       .expected = fmt::format("at most {}.x", kVersion.major)});
    return false;
  }
  const std::uint8_t known = header.kind == FileKind::kBytecode ? kExtendedMinor : kVersion.minor;
  if (major == kVersion.major && minor > known)
    findings.add(rules_of::kMinorVersion.rule, 5, "version",
                 fmt::format("{}.{}.{}", major, minor, patch),
                 fmt::format("at most {}.{}", kVersion.major, known));
  return true;
}

void check_size(const Header& header, const FileKindRow& row, std::uint64_t actual,
                Findings& findings) {
  const std::uint64_t at = row.header_size() - 4;
  // A size that has no room for the header is no older writer's habit but a header that was never
  // filled in: zeros behind a magic are no file.
  if (header.file_size > actual || header.file_size < row.header_size())
    findings.add(rules_of::kFileSize.rule, at, "file_size", fmt::format("{}", header.file_size),
                 fmt::format("{}, the file's size", actual));
  else if (header.file_size < actual)
    findings.add(rules_of::kTrailingBytes.rule, at, "file_size",
                 fmt::format("{}", header.file_size), fmt::format("{}, the file's size", actual));
}

void check_flags(const Header& header, const FileKindRow& row, Findings& findings) {
  if (const std::uint32_t unknown = header.flags & ~known_bits(row.flags); unknown != 0)
    findings.add(rules_of::kReservedFlags.rule, 7, "flags", fmt::format("0x{:02x}", header.flags),
                 fmt::format("bits of 0x{:02x}", known_bits(row.flags)));
}

void check_offsets(Header& header, const FileKindRow& row, std::uint64_t actual,
                   Findings& findings) {
  for (std::size_t i = 0; i < row.offset_count(); ++i) {
    std::uint32_t& offset = header.offsets[i];
    if (offset == 0 || (offset >= row.header_size() && offset < actual)) continue;
    findings.add(rules_of::kTableOffset.rule, kFirstOffset + 4 * i, row.offsets[i],
                 fmt::format("{}", offset),
                 fmt::format("0, or from {} to {}", row.header_size(), actual - 1));
    offset = 0;
  }
}

}  // namespace

std::span<const FileKindRow> file_kinds() {
  return kKinds;
}

const FileKindRow& row_of(FileKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

const FileKindRow* kind_of(Bytes bytes) {
  if (bytes.size() < 4) return nullptr;
  for (const FileKindRow& row : kKinds) {
    if (as_text(bytes.first(4)) == row.magic) return &row;
  }
  return nullptr;
}

std::optional<Header> parse_header(Bytes bytes, FileKind kind, Findings& findings) {
  const FileKindRow& row = row_of(kind);
  if (!check_start(bytes, row, findings)) return std::nullopt;
  Header out;
  out.kind = kind;
  out.version = {bytes[4], bytes[5], bytes[6]};
  out.flags = bytes[7];
  ByteReader in(bytes.subspan(kFirstOffset), kFirstOffset, out.order());
  for (std::size_t i = 0; i < row.offset_count(); ++i) out.offsets[i] = in.u32(row.offsets[i]);
  out.file_size = in.u32("file_size");
  if (!check_version(out, findings)) return std::nullopt;
  check_flags(out, row, findings);
  check_size(out, row, bytes.size(), findings);
  check_offsets(out, row, bytes.size(), findings);
  return out;
}

void put_header(FileKind kind, const Version& version, std::uint8_t flags, ByteWriter& out) {
  const FileKindRow& row = row_of(kind);
  out.text(row.magic);
  out.u8(version.major);
  out.u8(version.minor);
  out.u8(version.patch);
  const bool big = out.order() == ByteOrder::kBig;
  out.u8(static_cast<std::uint8_t>(flags | (big ? flag::kBigEndian : 0)));
  out.zeros(row.header_size() - kFirstOffset);
}

void patch_offset(std::size_t index, std::uint64_t value, ByteWriter& out) {
  out.patch_u32(kFirstOffset + 4 * index, static_cast<std::uint32_t>(value));
}

void patch_file_size(FileKind kind, ByteWriter& out) {
  out.patch_u32(row_of(kind).header_size() - 4, static_cast<std::uint32_t>(out.size()));
}

}  // namespace cmos::coil

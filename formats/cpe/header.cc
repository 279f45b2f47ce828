// HEADER, 29 bytes (cpe 1.1, abi 1.1). The document lists 17 of them; the other three u32 are zero
// in what a minimal linker writes, and every reader of them has to live with that.
#include <fmt/format.h>

#include "base/text.h"
#include "formats/cpe/parse.h"

namespace cmos::cpe {
namespace {

struct ArchRow {
  const char* code;
  const char* description;
};
constexpr std::array<ArchRow, 5> kArchs{{
    {"8664", "x86-64"},
    {"__86", "x86"},
    {"_ARM", "ARM"},
    {"AR64", "ARM64"},
    {"APPL", "Apple silicon"},
}};

bool check_version(std::uint8_t version, std::uint64_t offset, Findings& findings) {
  if (version == kVersion) return true;
  Error where{.code = version > kVersion ? ErrorCode::kUnsupported : ErrorCode::kMalformed,
              .offset = offset,
              .field = "version",
              .found = fmt::format("{}", version),
              .expected = fmt::format("{}", kVersion)};
  findings.add(rules::kBadVersion, std::move(where));
  return version < kVersion;  // a later version may have any layout
}

}  // namespace

const char* arch_description(std::string_view arch) {
  for (const ArchRow& row : kArchs) {
    if (row.code == arch) return row.description;
  }
  return nullptr;
}

std::vector<std::string_view> documented_archs() {
  std::vector<std::string_view> codes;
  codes.reserve(kArchs.size());
  for (const ArchRow& row : kArchs) codes.emplace_back(row.code);
  return codes;
}

std::optional<Header> parse_header(Bytes file, Findings& findings) {
  ByteReader reader(file);
  const Bytes magic = reader.bytes(kMagic.size(), "magic");
  if (reader.ok() && as_text(magic) != kMagic) {
    findings.add(rules::kBadMagic, 0, "magic", quote(magic), quote(as_bytes(kMagic)));
    return std::nullopt;
  }
  Header header;
  const std::uint64_t version_offset = reader.offset();
  header.version = reader.u8("version");
  if (reader.ok() && !check_version(header.version, version_offset, findings)) return std::nullopt;
  header.arch = as_text(reader.bytes(4, "ARCH"));
  header.mini_disk_size = reader.u32("mini disk size");
  header.entry_offset = reader.u32("entry point offset");
  header.metadata_offset = reader.u32("optional metadata offset");
  header.code_size = reader.u32("code section size");
  header.checksum = reader.u32("checksum");
  if (!reader.ok()) {
    findings.add(rules::kHeaderTruncated, reader.error());
    return std::nullopt;
  }
  return header;
}

void check_arch(const Header& header, Findings& findings) {
  if (arch_description(header.arch) != nullptr) return;
  findings.add(rules::kUnknownArch, kArchOffset, "ARCH", quote(as_bytes(header.arch)),
               fmt::format("one of {}", fmt::join(documented_archs(), ", ")));
}

void check_checksum(Bytes file, const Header& header, Findings& findings) {
  if (header.checksum == 0) return;
  const std::uint32_t computed = checksum(file);
  if (computed == header.checksum) return;
  findings.add(rules::kBadChecksum, kChecksumField, "checksum",
               fmt::format("0x{:08x}", header.checksum),
               fmt::format("0x{:08x}, the CRC-32 of the file", computed));
}

}  // namespace cmos::cpe

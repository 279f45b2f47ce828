// MINI DISK (cpe 1.4, abi 1.4): u8 lock, u32 length, backup file name. The lock byte is a state at
// rest; the lock itself is the kernel's, so a byte that says "in use" is a stale mark and the file
// stays as it is.
#include <fmt/format.h>

#include "base/text.h"
#include "formats/cpe/parse.h"

namespace cmos::cpe {
namespace {

constexpr std::size_t kLongestName = 255;

/// Unicode's control characters (Cc): C0, DEL and C1.
bool is_control(Bytes name, std::size_t at) {
  if (name[at] < 0x20 || name[at] == 0x7f) return true;
  return name[at] == 0xc2 && at + 1 < name.size() && name[at + 1] < 0xa0;
}

void no_section(Parse& parse, std::uint64_t start) {
  parse.result.executable.has_mini_disk_section = false;
  const std::uint32_t size = parse.header.mini_disk_size;
  const bool needed = size != 0;
  parse.findings.add(needed ? rules::kMissingMiniDisk : rules::kNoMiniDiskSection, start,
                     "mini-disk section", "the end of the file",
                     needed ? fmt::format("a section, since the mini disk size is {}", size)
                            : std::string("a section of at least 5 bytes"));
}

void parse_lock(Parse& parse, std::uint64_t start, std::uint8_t lock) {
  parse.result.executable.mini_disk_locked = lock == 1;
  if (lock == 1) {
    parse.findings.add(rules::kStaleLock, start, "mini-disk lock", "1 (in use), a stale mark",
                       "0 (free)");
  } else if (lock > 1) {
    parse.findings.add(rules::kBadLock, start, "mini-disk lock", fmt::format("{}", lock),
                       "0 (free) or 1 (in use)");
  }
}

}  // namespace

std::optional<NameFault> backup_name_fault(Bytes name) {
  if (name.size() > kLongestName) {
    return NameFault{0, fmt::format("{} bytes", name.size()), "at most 255 bytes"};
  }
  if (const auto bad = first_invalid_utf8(name)) {
    return NameFault{*bad, fmt::format("byte 0x{:02x}", name[*bad]), "UTF-8"};
  }
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool separator = name[i] == '\\' || name[i] == '/' || name[i] == ':';
    if (separator || is_control(name, i)) {
      return NameFault{i, quote(name.subspan(i, name[i] == 0xc2 ? 2 : 1)),
                       "no separator, ':' or control character"};
    }
  }
  if (as_text(name) == "." || as_text(name) == "..") {
    return NameFault{0, quote(name), "the name of a file"};
  }
  return std::nullopt;
}

void parse_mini_disk(Parse& parse, std::uint64_t start) {
  parse.result.layout.mini_disk = start;
  if (start == parse.file.size()) return no_section(parse, start);
  ByteReader reader(parse.file.subspan(start), start);
  parse_lock(parse, start, reader.u8("mini-disk lock"));
  const std::uint32_t length = reader.u32("backup file length");
  const std::uint64_t name_start = reader.offset();
  if (length > kLongestName) {
    parse.findings.add(rules::kBadBackupName, start + 1, "backup file length",
                       fmt::format("{}", length), "at most 255");
    return;
  }
  const Bytes name = reader.bytes(length, "backup file name");
  if (!reader.ok()) {
    parse.findings.add(rules::kMiniDiskTruncated, reader.error());
    return;
  }
  if (auto fault = backup_name_fault(name)) {
    parse.findings.add(rules::kBadBackupName, name_start + fault->at, "backup file name",
                       std::move(fault->found), std::move(fault->expected));
  }
  parse.result.executable.backup_name = as_text(name);
  if (!reader.at_end()) {
    const std::uint64_t count = reader.remaining();
    parse.findings.add(rules::kTrailingBytes, reader.offset(), "end of file",
                       fmt::format("{} trailing byte{}", count, count == 1 ? "" : "s"), "nothing");
  }
}

}  // namespace cmos::cpe

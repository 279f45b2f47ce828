// The end of CODE when the header does not state it (abi 1.5): the file must then end with exactly
// one mini-disk section, so the search goes backwards from the end over the lengths that its name
// can have.
#include <fmt/format.h>

#include <algorithm>

#include "formats/cpe/parse.h"

namespace cmos::cpe {
namespace {

constexpr std::uint64_t kFixedPart = 5;  ///< lock and name length
constexpr std::uint64_t kLongestName = 255;

bool is_mini_disk(Bytes tail) {
  ByteReader reader(tail);
  const std::uint8_t lock = reader.u8("lock");
  const std::uint32_t length = reader.u32("backup file length");
  return reader.ok() && lock <= 1 && length == reader.remaining() &&
         !backup_name_fault(tail.subspan(kFixedPart));
}

}  // namespace

std::optional<std::uint64_t> infer_code_end(Parse& parse, std::uint64_t code_section,
                                            std::uint64_t machine_code) {
  const std::uint64_t size = parse.file.size();
  const std::uint64_t room = size - machine_code;
  for (std::uint64_t n = 0; n <= kLongestName && kFixedPart + n <= room; ++n) {
    const std::uint64_t start = size - kFixedPart - n;
    if ((start - code_section) % kCodeAlignment == 0 && is_mini_disk(parse.file.subspan(start))) {
      return start;
    }
  }
  if (parse.header.mini_disk_size == 0)
    return size;  // parse_mini_disk warns of the missing section
  parse.findings.add(
      rules::kUnfoundEnd, machine_code, "end of CODE", "none",
      fmt::format("a mini-disk section (lock 0 or 1, u32 n, valid name of n bytes) that ends with "
                  "the file, a multiple of 16 after 0x{:x}",
                  code_section));
  return std::nullopt;
}

}  // namespace cmos::cpe

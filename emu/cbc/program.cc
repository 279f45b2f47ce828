#include "emu/cbc/program.h"

#include <fmt/format.h>

#include "emu/cbc/builder.h"
#include "formats/coil/header.h"

namespace cmos::emu::cbc {
namespace {

/// The file alone, without what lies behind it in memory.
Result<Bytes> file_bytes(Bytes image) {
  Findings findings("");
  const auto header = coil::parse_header(image, coil::FileKind::kBytecode, findings);
  if (header && header->file_size <= image.size()) return image.first(header->file_size);
  const auto found = std::move(findings).take(false);
  if (!found.empty()) return fail(found.front().where);
  return fail(ErrorCode::kMalformed, "no CBC image");
}

std::uint64_t memory_size(const coil::CbcFile& file) {
  constexpr std::uint64_t kMost = 1ull << 30;
  for (const coil::CbcAttribute& one : file.attributes) {
    if (file.text(one.key) != kMemoryAttribute) continue;
    std::uint64_t size = 0;
    for (const char digit : file.text(one.value)) {
      if (digit < '0' || digit > '9' || size > kMost) return 0;
      size = 10 * size + static_cast<std::uint64_t>(digit - '0');
    }
    return size > kMost ? 0 : size;
  }
  return 0;
}

}  // namespace

Result<Program> build(Bytes image, std::uint64_t base) {
  CMOS_TRY(const Bytes bytes, file_bytes(image));
  CMOS_TRY(const coil::CbcRead read, coil::read_cbc(bytes, ""));
  Program out;
  out.order = read.file.order;
  out.image_size = bytes.size();
  out.memory_size = memory_size(read.file);
  CMOS_TRY_VOID(Builder(read.file, bytes, base, out).build());
  return out;
}

}  // namespace cmos::emu::cbc

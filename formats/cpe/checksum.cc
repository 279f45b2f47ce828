#include <zlib.h>

#include <algorithm>
#include <array>

#include "formats/cpe/cpe.h"

namespace cmos::cpe {

std::uint32_t checksum(Bytes file_bytes) {
  // crc32 takes 32-bit lengths; a CPE never exceeds them, but bytes from elsewhere may.
  auto add = [](uLong crc, Bytes part) {
    while (!part.empty()) {
      const std::size_t piece = std::min<std::size_t>(part.size(), 1u << 30);
      crc = crc32(crc, part.data(), static_cast<uInt>(piece));
      part = part.subspan(piece);
    }
    return crc;
  };
  constexpr std::size_t kField = 25;
  static constexpr std::array<std::uint8_t, 4> kZero{};
  uLong crc = add(crc32(0, nullptr, 0), file_bytes.first(std::min(file_bytes.size(), kField)));
  if (file_bytes.size() >= kHeaderSize) {
    crc = add(crc, kZero);
    crc = add(crc, file_bytes.subspan(kHeaderSize));
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace cmos::cpe

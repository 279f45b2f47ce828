// Mutations of CPE files. Left to chance, nearly every mutant fails its checksum: most get it set
// right, and some have the stated code size fitted to the file, so that the rules behind both are
// reached.
#include <algorithm>
#include <cstdint>
#include <random>

#include "base/bytes.h"
#include "formats/cpe/cpe.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr std::size_t kCodeSize = 21;
constexpr std::size_t kChecksum = 25;

void put_u32(std::uint8_t* at, std::uint32_t value) {
  cmos::store(at, value);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (size < cmos::cpe::kHeaderSize) return size;
  std::minstd_rand random(seed);
  if (random() % 8 == 0) {
    const std::size_t most = size - cmos::cpe::kHeaderSize;
    const std::size_t tail = random() % 32;
    put_u32(data + kCodeSize, static_cast<std::uint32_t>(most - std::min(most, tail)));
  }
  const bool has_checksum = std::any_of(data + kChecksum, data + cmos::cpe::kHeaderSize,
                                        [](std::uint8_t byte) { return byte != 0; });
  if (has_checksum && random() % 8 != 0) {
    put_u32(data + kChecksum, cmos::cpe::checksum({data, size}));
  }
  return size;
}

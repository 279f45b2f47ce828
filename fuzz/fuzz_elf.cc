// Any bytes through the ELF reader and cmos-pack's conversion: an answer, and what is packed can be
// read back.
#include <cstdint>

#include "formats/elf/executable.h"
#include "fuzz/require.h"
#include "tools/cmos-pack/pack.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cmos;
  using fuzz::require;
  const auto program = elf::read_executable({data, size}, "app.elf");
  if (!program) {
    require(!program.error().text().empty(), "an error says what is wrong");
    return 0;
  }
  // Large images only cost time.
  constexpr std::uint64_t kMost = 1 << 20;
  if (program->segments.back().end() - program->segments.front().header.address > kMost) return 0;
  for (const bool protect : {true, false}) {
    const auto packed = pack::pack(*program, "app.elf", {.program = {.protect = protect}});
    if (!packed) continue;
    const auto written = cpe::write(packed->executable);
    if (written)
      require(cpe::read(*written, "app.cpe").has_value(), "a packed program can be read");
  }
  return 0;
}

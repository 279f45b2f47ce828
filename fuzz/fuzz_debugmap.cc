// Any bytes as a side file and as its origins. DWARF is left to libdw, in a process of its own
// (symbolize/isolated.h), and not asked for here.
#include <cstdint>

#include "formats/debugmap/origins.h"
#include "fuzz/require.h"
#include "symbolize/side_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cmos;
  using fuzz::require;
  const auto origins = debugmap::read_origins({data, size}, 0, "app.cpe.debug");
  if (origins) {
    const auto written = debugmap::write_origins(*origins);
    const auto again = debugmap::read_origins(written, 0, "app.cpe.debug");
    require(again && debugmap::write_origins(*again) == written, "writing and reading agree");
    for (const auto& one : origins->placements) debugmap::text(*origins, one, one.address);
    for (const auto& one : debugmap::find_relocations(*origins, 0, UINT64_MAX))
      debugmap::text(*origins, one);
  } else {
    require(origins.error().offset.has_value(), "an error says where");
  }
  auto file =
      symbolize::SideFile::parse({data, data + size}, "app.cpe.debug", [](const std::string&) {});
  if (!file) {
    require(!file.error().text().empty(), "an error says what is wrong");
    return 0;
  }
  (*file)->origin(0x400000, 16);
  return 0;
}

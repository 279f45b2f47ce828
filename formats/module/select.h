// Which segments of a fat module a CPU takes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "formats/module/module.h"

namespace cmos::mod {

struct Host {
  Family family = Family::kNone;
  std::uint8_t stepping = 0xff;
};

/// Whether code or data of `have` is good for a CPU of `host`'s family: a Z80 runs 8080's.
bool runs(Family host, Family have);
/// Whether a segment is for any CPU, or for this one and no later stepping.
bool fits(const Segment& segment, Host host);

/// Indices of the segments that are loaded, ascending. Of segments that define the same ordinal
/// the one that names the CPU most closely is taken: its own family before one that it can run,
/// before any; then the higher stepping.
std::vector<std::size_t> select(const Module& module, Host host);

/// What the first six of kMemoryFields say of these segments: sums, of overlays the largest.
std::array<std::uint32_t, kSummedFields> memory_of(const Module& module,
                                                   const std::vector<std::size_t>& segments);

}  // namespace cmos::mod

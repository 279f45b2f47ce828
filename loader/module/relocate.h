// The fields of one segment, once every ordinal has an address (docs/module-format.md,
// Relocations).
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "base/error.h"
#include "formats/module/module.h"

namespace cmos::loader {

using OrdinalTable = std::map<std::uint16_t, std::uint32_t>;

/// Patches `bytes`, the segment's contents at `address`. Fails with kMalformed, naming segment and
/// offset, for an ordinal without address and for values that do not fit their field.
Result<void> relocate(const mod::Segment& segment, const OrdinalTable& ordinals,
                      std::uint32_t address, std::span<std::uint8_t> bytes);

}  // namespace cmos::loader

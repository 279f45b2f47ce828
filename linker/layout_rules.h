// Which output a section goes to, and in which order the outputs and what is in them follow each
// other: what sdk/lib/cmos.ld says to other linkers.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "object/object.h"

namespace cmos::linker {

/// Outputs in the order of their addresses. Those called "own" exist for sections whose bounds a
/// program asks for by __start_NAME, one for each name.
enum class Rank : std::uint8_t {
  kText,
  kOwnCode,
  kRodata,
  kDataRelRo,
  kPreinit,
  kInit,
  kFini,
  kGot,
  kOwnConst,
  kData,
  kOwnVar,
  kBss
};

/// ".text.hot" and ".text.hot.foo" are below ".text.hot", ".text.hotel" is not.
bool is_or_below(std::string_view name, std::string_view parent);

/// kCode, kConst or kVar: what a process may do with it.
object::SectionKind kind_of(Rank rank);
/// ".text"; empty for "own" ones.
std::string_view output_name(Rank rank);

struct LayoutRule {
  Rank rank = Rank::kText;
  std::string_view output = {};  ///< its name
  std::uint8_t group = 0;        ///< order in the output, before the order of the inputs
  std::uint32_t priority = 0;    ///< of constructors: order in the group
  bool own_output = false;
};

/// `bounded`: sorted names of the sections that have an output of their own. Only for loaded
/// sections.
LayoutRule layout_rule(const object::Section& section,
                       const std::vector<std::string_view>& bounded);

}  // namespace cmos::linker

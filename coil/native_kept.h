// What coilp takes over into the .coilo as it is: COIL that waits to be processed, and of a .coilo
// whose waiting sections are processed now, all the others.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "coil/native.h"
#include "formats/coil/object_file.h"

namespace cmos::casm::native {

/// Whether a section's COIL is left for later: since the user says so, or it is another device's.
bool waits(const coil::ObjectFile& object, std::size_t section, const NativeOptions& options);

struct KeptParts {
  /// Its symbols have the numbers that they had, for those are in the instructions.
  coil::ObjectFile file;
  std::vector<std::uint16_t> section_of;       ///< by the number it had; kNoSection: not kept
  std::map<std::string, std::uint16_t> names;  ///< symbols that compiled code may define or mean
  std::vector<bool> open;                      ///< by symbol: has no place before code is compiled
};
KeptParts kept_parts(const coil::ObjectFile& in, const NativeOptions& options);

/// The source lines and functions of the COIL that waits, at its places in `out`.
coil::DebugInfo kept_debug(const coil::ObjectFile& in, const KeptParts& kept,
                           const coil::ObjectFile& out);

}  // namespace cmos::casm::native

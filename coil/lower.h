// COIL to CBC (docs/coil.md 10): every function of a .coil becomes one of a .cbc. What bytecode has
// no way to do is refused, with the place in the source.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::casm {

struct LowerOptions {
  bool debug = false;  ///< source lines and functions, as far as the .coil has them
};

/// The bytes of a .cbc. kMalformed for a .coil that cannot be read, kUnsupported for what cannot be
/// lowered; the error's message begins with the source line, or else names section and offset.
Result<std::vector<std::uint8_t>> lower_to_cbc(Bytes coil, std::string_view file,
                                               const LowerOptions& options);

}  // namespace cmos::casm

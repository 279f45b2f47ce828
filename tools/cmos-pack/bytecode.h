// COIL's bytecode becomes a CPE of the ARCH "_CBC", whose machine code is the .cbc (docs/coil.md
// 5.8).
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "tools/cmos-pack/pack.h"

namespace cmos::pack {

/// A .cbc, or a .coilo, which may have one inside.
bool may_hold_bytecode(Bytes bytes);

/// Fails with kUnsupported for a .coilo without bytecode or with several, and with kUsage for
/// options that bytecode has no meaning for. `file` names the input in errors.
Result<Packed> pack_bytecode(Bytes bytes, std::string_view file, const Options& options);

}  // namespace cmos::pack

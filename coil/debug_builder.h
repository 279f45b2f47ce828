// Debug information of what was assembled (docs/coil.md 7).
#pragma once

#include "coil/assembler.h"
#include "coil/emitter.h"
#include "formats/coil/debug.h"

namespace cmos::casm {

/// `object` is the file that is going to be written: code offsets are those of its bytes.
coil::DebugInfo build_debug(const Assembly& assembly, const coil::ObjectFile& object,
                            const source::Sources& sources, const Options& options);

}  // namespace cmos::casm

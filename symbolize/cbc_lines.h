// Source lines of bytecode, from the debug information in its own image.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "symbolize/lookup.h"

namespace cmos::symbolize {

/// The image begins at address `base`; lines are quoted from files below `folders`. nullptr for
/// what is no .cbc, or has no debug information.
std::unique_ptr<Lookup> make_cbc_lines(Bytes image, std::uint64_t base,
                                       std::vector<std::string> folders);

}  // namespace cmos::symbolize

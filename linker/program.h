// A link's result as a CPE, with the same symbols and boundaries that cmos-pack gives to what other
// linkers make (abi 1.3).
#pragma once

#include <string>
#include <vector>

#include "formats/cpe/program.h"
#include "linker/linker.h"

namespace cmos::linker {

struct Program {
  cpe::Executable executable;
  std::vector<std::string> warnings;
};

/// Takes the image out of `linked`, whose other parts stay. Fails with kLimit when the zeros that a
/// program without boundary symbols has to store are too many.
Result<Program> make_program(Linked& linked, const cpe::ProgramOptions& options);

}  // namespace cmos::linker

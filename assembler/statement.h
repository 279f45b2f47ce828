// One instruction or directive in the encoder's language.
#pragma once

#include "assembler/rewrite.h"

namespace cmos::assembler {

/// Nothing after a mistake, which has been reported. `line` gets the places that its parts come
/// from, `unknown` the names that the source does not declare, `expectation` what an instruction
/// must say when it is read back; `call NAME` declares a name (cpo 3.1).
std::optional<std::string> write_statement(Program& program, const CodeItem& item,
                                           EncoderLine& line, std::vector<Unknown>& unknown,
                                           Expectation& expectation, Reporter& reporter);

}  // namespace cmos::assembler

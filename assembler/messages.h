// The encoder's messages, said about the user's own source.
#pragma once

#include "assembler/program.h"
#include "assembler/rewrite.h"
#include "object/object.h"

namespace cmos::assembler {

/// Reports what `text`, the encoder's standard error, says, and marks the lines with errors. False
/// when it says nothing that belongs to a line of the source.
bool report_messages(std::string_view text, EncoderInput& input, const Program& program,
                     Reporter& reporter);

/// Reports each relocation of the encoder's object that no static link resolves, at its line.
void report_unresolvable(const object::Object& code, const Program& program, Reporter& reporter);

}  // namespace cmos::assembler

// Encoded code and our data to one object (abi 7).
#pragma once

#include "assembler/program.h"
#include "assembler/rewrite.h"

namespace cmos::assembler {

/// The object and where each statement's code went.
struct Emitted {
  object::Object object;
  /// By item of Program::code, in CODE; one more for what follows the last one.
  std::vector<std::uint32_t> statement_offsets;
};

/// `code` is the encoder's object; its names and bytes, and `program`, must outlive the result.
/// Mistakes of the source (names that nothing declares) are reported: nothing is returned then.
/// Fails with kInternal when the encoder's object is not of the shape that was asked for.
Result<std::optional<Emitted>> emit(const object::Object& code, const EncoderInput& input,
                                    Program& program, std::string_view file, Reporter& reporter);

}  // namespace cmos::assembler

// Reads the encoded instructions back and compares them with what the source says: operands, sizes,
// targets. The encoder is another project's, and a wrong byte without a word is the worst thing
// that an assembler can do.
#pragma once

#include "assembler/program.h"
#include "assembler/rewrite.h"
#include "object/object.h"

namespace cmos::assembler {

enum class Readback : std::uint8_t {
  kAgrees,
  kDiffers,   ///< reported, with both texts
  kUnplaced,  ///< differs somewhere between two labels: to be asked again with one for every line
};

/// `code` is the encoder's object. `exact`: every statement has its label.
Result<Readback> read_back(const object::Object& code, const EncoderInput& input,
                           const Program& program, bool exact, const Sources& sources,
                           Reporter& reporter);

}  // namespace cmos::assembler

// Code to the encoder's language: one line for one statement, every symbol under a name of our own
// that no register, mnemonic or operator can be mistaken for.
#pragma once

#include "assembler/program.h"

namespace cmos::assembler {

/// Symbol n of the program is `__cbt_n` for the encoder, the start of its statement n `__cbt_l_n`.
std::string encoder_name(std::uint32_t symbol);
std::string line_label(std::size_t item);

/// Where a stretch of an encoder's line comes from.
struct Piece {
  std::uint32_t begin = 0;  ///< in the encoder's line, bytes
  Span source;
};

struct EncoderLine {
  std::uint32_t item = kNoEntry;  ///< index in Program::code
  std::vector<Piece> pieces;      ///< ascending
  bool address_added = false;     ///< a bare name was taken as an address
  bool refused = false;           ///< by the encoder
};

/// A name in an operand that the source does not declare: a register or keyword, or a mistake.
struct Unknown {
  std::string name;
  Span where;
};

struct EncoderInput {
  std::string text;
  std::vector<EncoderLine> lines;  ///< of `text`, from its first one
  std::vector<Unknown> unknown;    ///< the first mention of each
};

/// With `debug_lines`, the text asks the encoder for DWARF, too.
EncoderInput rewrite(Program& program, const Sources& sources, bool debug_lines,
                     Reporter& reporter);

}  // namespace cmos::assembler

// Code to the encoder's language: one line for one statement, every symbol under a name of our own
// that no register, mnemonic or operator can be mistaken for.
#pragma once

#include "assembler/expectation.h"
#include "assembler/program.h"

namespace cmos::assembler {

/// Symbol n of the program is `__cbt_n` for the encoder, the start of its statement n `__cbt_l_n`.
std::string encoder_name(std::uint32_t symbol);
std::string line_label(std::size_t item);
/// Label n inside a function: `.Lcbt_n`, or `__cbt_d_n` when data refers to it, so that the
/// encoder's object tells where it lies.
std::string label_name(const Program& program, std::uint32_t label);
/// `$`: where a statement begins.
std::string here_label(std::size_t item);
inline constexpr std::string_view kCodeStartLabel = ".Lcbt_start";
/// Another name of symbol n, which the encoder knows nothing about: what refers to it keeps its
/// relocation.
std::string foreign_name(std::uint32_t symbol);

/// Where a stretch of an encoder's line comes from.
struct Piece {
  std::uint32_t begin = 0;  ///< in the encoder's line, bytes
  Span source;
};

struct EncoderLine {
  std::uint32_t item = kNoEntry;   ///< index in Program::code
  std::vector<Piece> pieces = {};  ///< ascending
  bool needs_label = false;        ///< `$` is part of it
  bool refused = false;            ///< by the encoder
  std::uint32_t like = kNoEntry;   ///< a line of the same statement, whose pieces serve this one
};

/// A name in an operand that the source does not declare: a register or keyword, or a mistake.
struct Unknown {
  std::string name;
  Span where;
};

struct EncoderInput {
  std::string text;
  std::vector<EncoderLine> lines;         ///< of `text`, from its first one
  std::vector<Unknown> unknown;           ///< the first mention of each
  std::vector<Expectation> expectations;  ///< what the code must say when it is read back
};

/// Where the stretches of a line come from.
std::vector<Piece> pieces_of(const EncoderInput& input, const EncoderLine& line,
                             const Program& program);

struct RewriteOptions {
  bool debug_lines = false;  ///< ask the encoder for DWARF, too
  bool line_labels = false;  ///< a label for every statement
};
EncoderInput rewrite(Program& program, const Sources& sources, const RewriteOptions& options,
                     Reporter& reporter);

}  // namespace cmos::assembler

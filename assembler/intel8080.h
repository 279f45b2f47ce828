// Intel's mnemonics of the 8080, rewritten line by line to Zilog's of the same instructions, which
// the assembler of sdcc takes. Nothing but instructions of the 8080 comes out: Zilog's own names
// are refused, so that no instruction of the Z80 alone can slip in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cmos::assembler {

/// What a line cannot be rewritten for.
struct IntelMistake {
  std::size_t line = 0;    ///< from 1
  std::size_t column = 0;  ///< the same
  std::string text;
};

struct IntelRewritten {
  std::string text;  ///< as many lines as the source has
  std::vector<IntelMistake> mistakes;
};

/// Labels, comments, directives (`.area`) and assignments (`name = 5`) stay as they are.
IntelRewritten rewrite_intel(std::string_view source);

}  // namespace cmos::assembler

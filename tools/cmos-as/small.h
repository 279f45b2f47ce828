// Sources of small CPUs: sdcc's assembler behind cmos-as' own options.
#pragma once

#include <string>

#include "assembler/assembler.h"

namespace cmos::as {

struct SmallJob {
  std::string input;   ///< "-": standard input
  std::string output;  ///< empty: the input's name with another ending; "-": standard output
  std::string
      format;  ///< "cpo", "rel", sdcc's object, or "whitesmith"; empty: by the output's name
  std::string listing;  ///< empty: none; "-": standard output
  bool fatal_warnings = false;
  assembler::AssembleOptions options;
};

/// The exit status.
Result<int> assemble_small(SmallJob job);

}  // namespace cmos::as

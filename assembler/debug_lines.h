// DWARF for assembly: which line of which file each instruction comes from. The encoder makes
// .debug_line of `.loc` directives; the one compile unit that refers to it is written out here.
#pragma once

#include <map>

#include "assembler/program.h"

namespace cmos::assembler {

class DebugLines {
 public:
  DebugLines(const Program& program, const Sources& sources);

  /// What stands before the first function, what after the last one: whole lines.
  std::string prelude() const;
  std::string epilogue() const;
  /// For the line in front of an instruction.
  std::string location(const Span& where) const;

 private:
  const Program& program_;
  const Sources& sources_;
  std::map<std::uint32_t, unsigned> files_;  ///< by index in Sources: the number in .debug_line
};

}  // namespace cmos::assembler

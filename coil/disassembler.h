// COIL's files as CASM (docs/coil.md 8): a .coil as a source that assembles to the same bytes, a
// .cbc as a listing of its functions.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "formats/coil/cbc.h"
#include "formats/coil/debug_file.h"
#include "formats/coil/object_file.h"

namespace cmos::casm {

struct DisassembleOptions {
  bool addresses = false;  ///< section offsets, as comments
  bool raw = false;        ///< bytes, as comments
  bool symbols = false;    ///< the symbol table, as comments
  bool comments = false;   ///< source lines, as far as there is debug information
  /// Debug information that was split off the object; what does not belong to it is not used.
  const coil::DebugFile* debug = nullptr;
};

struct Disassembly {
  std::string text;
  /// Whether assembling the text gives the file again, less its debug information. What a source
  /// cannot say (tables in another order, .coilo, .cbc) keeps it from doing so.
  bool reproduces = false;
  bool debug = false;  ///< the file has debug information
};

/// Any of .coil, .coilo and .cbc. Fails with what is wrong in the file's structure or its code.
Result<Disassembly> disassemble(Bytes bytes, std::string_view file,
                                const DisassembleOptions& options);

}  // namespace cmos::casm

// COIL to native code (docs/coil.md 11): the functions of a .coil become LLVM's intermediate
// language, which LLVM compiles for x86-64 and ARM64; its object becomes a .coilo. What runs LLVM
// is the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "formats/coil/codes.h"

namespace cmos::casm {

struct NativeOptions {
  coil::Triple target{1, 1, 3};
  std::vector<std::string> features = {};  ///< LLVM's names of what the CPU may be asked for
  bool debug = false;                      ///< source lines, as far as the .coil has them
  std::vector<std::string> delayed;        ///< sections whose COIL is kept for a later run
  Bytes bytecode;                          ///< a .cbc that becomes a section; none when empty
  // The calls of CalamOS that stand for Linux's write and exit.
  std::uint32_t stdout_call = 0;
  std::uint32_t exit_call = 0;
};

/// What LLVM is given.
struct NativeSource {
  std::string triple;  ///< "x86_64-none-elf"
  std::string text;
};

/// Of a .coil, or of the COIL that waits in a .coilo. kMalformed for a file that cannot be read,
/// kUsage when `delayed` names what is not there, kUnsupported for what native code cannot do; the
/// error begins with the source line, or names section and offset.
Result<NativeSource> native_source(Bytes coil, std::string_view file, const NativeOptions& options);

/// A .coilo of the ELF object that LLVM made of `coil`, and of what was not compiled.
Result<std::vector<std::uint8_t>> native_object(Bytes elf, Bytes coil, std::string_view file,
                                                const NativeOptions& options);

}  // namespace cmos::casm

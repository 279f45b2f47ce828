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
  // The calls of CalamOS that stand for Linux's write and exit.
  std::uint32_t stdout_call = 0;
  std::uint32_t exit_call = 0;
};

/// What LLVM is given.
struct NativeSource {
  std::string triple;  ///< "x86_64-none-elf"
  std::string text;
};

/// kMalformed for a .coil that cannot be read, kUnsupported for what native code cannot do; the
/// error begins with the source line, or names section and offset.
Result<NativeSource> native_source(Bytes coil, std::string_view file, const NativeOptions& options);

/// A .coilo of the ELF object that LLVM made.
Result<std::vector<std::uint8_t>> native_object(Bytes elf, std::string_view file,
                                                const NativeOptions& options);

}  // namespace cmos::casm

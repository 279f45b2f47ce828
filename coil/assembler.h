// The CASM assembler: source text in, a .coil file out (docs/coil.md 4).
//
//   SourceReader   lines to statements: INCLUDE, IF … ENDIF, the blocks of SWITCH
//   SymbolTable    names to symbols: which labels belong to which function
//   Emitter        statements to instructions, bytes, relocations
//   add_debug      debug information, for casm -g
//
// Mistakes in the source are diagnostics, as many as can be found; assemble() itself cannot fail.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/diagnostic.h"
#include "formats/coil/codes.h"

namespace cmos::casm {

struct Options {
  std::vector<std::pair<std::string, std::uint64_t>> defines = {};  ///< for IF
  std::vector<std::string> include_folders = {};
  /// Reads a whole file for INCLUDE; kNotFound makes the next folder be tried.
  std::function<Result<std::vector<std::uint8_t>>(const std::string& path)> read_file = {};
  /// What holds until the source says PROC and ARCH: the registers' names, IF, processor types.
  std::optional<coil::Triple> target = {};
  ByteOrder order = ByteOrder::kLittle;
  bool debug = false;           ///< debug information in the file
  bool debug_variables = true;  ///< variables, scopes and types as well as lines and functions
  std::set<std::string, std::less<>> quiet = {};  ///< warnings by name that are not wanted
  bool warnings = true;
  bool fatal_warnings = false;
  bool listing = false;
};

struct Warning {
  std::string_view name;
  std::string_view meaning;
};
/// The warnings that -W names.
std::span<const Warning> warnings();

struct Output {
  std::vector<std::uint8_t> coil;  ///< empty when there are errors
  std::string messages;            ///< rendered diagnostics, warnings too
  std::size_t errors = 0;
  std::size_t warnings = 0;
  std::string listing;
};
Output assemble(std::string_view file, std::string text, const Options& options);

/// A .coil without debug information, and the .coild that it was split off into.
struct SplitDebug {
  std::vector<std::uint8_t> coil;
  std::vector<std::uint8_t> coild;
};
/// Fails with kUsage when there is none in the file.
Result<SplitDebug> split_debug(Bytes coil, std::string_view file);

}  // namespace cmos::casm

// What every linker says about a program beside its image: which symbols a CPE keeps, signature,
// mini-disk. cmos-pack and cmos-ld share it, so that one program is described in one way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cpe/cpe.h"

namespace cmos::cpe {

enum class SymbolChoice : std::uint8_t { kNone, kGlobal, kAll };

struct ProgramOptions {
  SymbolChoice symbols = SymbolChoice::kAll;
  bool protect = true;  ///< false: no boundary symbols, one rwx image
  bool checksum = true;
  bool minimal = false;  ///< the zero-tail form: nothing in the last 12 bytes of the header
  std::optional<Signature> signature = {};
  std::uint32_t mini_disk_size = 0;
  std::string backup_name = {};
};

/// A symbol of the linked program with a place in its image.
struct ProgramSymbol {
  std::string_view name = {};
  std::uint64_t offset = 0;  ///< from the load address, without the Thumb bit of functions
  enum class Kind : std::uint8_t { kFunction, kObject, kOther } kind = Kind::kOther;
  bool local = false;
  bool hidden = false;
  bool thumb = false;
  bool executable = false;  ///< lies in code
};

/// The symbols in CPE form, ascending by offset, names unique (a second local `helper` is
/// `helper#2`). `abort` appears only for a function `__cmos_abort` (abi 2), the C library's own as
/// `abort@libc`. What had to be left out is said in `warnings`. `mapping_symbols`: names like $a
/// and $x mark code and data for disassemblers, as on ARM, and are left out.
std::vector<Symbol> program_symbols(const std::vector<ProgramSymbol>& symbols, SymbolChoice choice,
                                    bool mapping_symbols, const std::vector<Symbol>& boundaries,
                                    std::vector<std::string>& warnings);

/// The fields of `executable` that the options alone decide.
void describe(const ProgramOptions& options, Executable& executable);

}  // namespace cmos::cpe

// A linked ELF program becomes a CPE: its segments one flat image at the fixed address with
// boundary symbols, its entry and symbols offsets into it (abi 1.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/cpe/program.h"
#include "formats/elf/executable.h"

namespace cmos::pack {

struct Options {
  std::string arch = {};          ///< empty: from the ELF machine
  std::string entry_symbol = {};  ///< empty: the ELF header's entry
  cpe::ProgramOptions program = {};
};

/// The program's memory from the load address on.
struct Image {
  std::vector<std::uint8_t> bytes;      ///< what the file stores
  std::uint64_t memory_size = 0;        ///< at least bytes.size(); the rest is zero
  std::vector<cpe::Symbol> boundaries;  ///< empty without protection
};

/// Flattens the segments. Fails with kUnsupported when they do not start at the load address or
/// their permissions do not go from code over constants to variables, each on pages of its own; the
/// error says how to link.
Result<Image> make_image(const elf::Executable& program, std::string_view file, bool protect);

/// The symbols of the program in CPE form (cpe::program_symbols).
std::vector<cpe::Symbol> make_symbols(const elf::Executable& program, const Image& image,
                                      cpe::SymbolChoice choice, std::vector<std::string>& warnings);

struct Packed {
  cpe::Executable executable;
  std::vector<std::string> warnings;
};

/// The whole conversion. `file` names the ELF file in errors.
Result<Packed> pack(const elf::Executable& program, std::string_view file, const Options& options);

}  // namespace cmos::pack

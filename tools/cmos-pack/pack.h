// A linked ELF program becomes a CPE: its segments one flat image at the fixed address with
// boundary symbols, its entry and symbols offsets into it (abi 1.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/cpe/cpe.h"
#include "formats/elf/executable.h"

namespace cmos::pack {

enum class SymbolChoice : std::uint8_t { kNone, kGlobal, kAll };

struct Options {
  std::string arch = {};          ///< empty: from the ELF machine
  std::string entry_symbol = {};  ///< empty: the ELF header's entry
  SymbolChoice symbols = SymbolChoice::kAll;
  bool protect = true;  ///< false: no boundary symbols, one rwx image
  bool checksum = true;
  bool minimal = false;  ///< the zero-tail form: nothing in the last 12 bytes of the header
  std::optional<cpe::Signature> signature = {};
  std::uint32_t mini_disk_size = 0;
  std::string backup_name = {};
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

/// The symbols of the program in CPE form, ascending by offset, names unique (a second local
/// `helper` is `helper#2`). `abort` appears only for a function `__cmos_abort` (abi 2), the C
/// library's own as `abort@libc`. What had to be left out is said in `warnings`.
std::vector<cpe::Symbol> make_symbols(const elf::Executable& program, const Image& image,
                                      SymbolChoice choice, std::vector<std::string>& warnings);

struct Packed {
  cpe::Executable executable;
  std::vector<std::string> warnings;
};

/// The whole conversion. `file` names the ELF file in errors.
Result<Packed> pack(const elf::Executable& program, std::string_view file, const Options& options);

}  // namespace cmos::pack

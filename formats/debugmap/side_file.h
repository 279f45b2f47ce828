// The side file of a CPE (docs/debug-files.md): an ELF executable of the same ISA, so that gdb,
// addr2line and objdump read it too, with the program's sections, its symbols at their final
// addresses, the debug sections of its inputs and the section `.cmos_origins` (origins.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "formats/debugmap/origins.h"
#include "object/storage.h"
#include "relocation/relocation.h"

namespace cmos::debugmap {

/// A stretch of the image.
struct ImageSection {
  std::string name;
  std::uint64_t address = 0;
  std::uint64_t size = 0;  ///< at least bytes.size(); the rest is zero
  Bytes bytes = {};        ///< empty: the section has no bytes in the file (.bss)
  bool writable = false;
  bool executable = false;
};

/// Not loaded: DWARF and the like. The bytes are relocated already.
struct DebugSection {
  std::string name;
  Bytes bytes;
  std::uint64_t flags = 0;  ///< SHF_MERGE, SHF_STRINGS, SHF_COMPRESSED
  std::uint64_t entry_size = 0;
  std::uint64_t alignment = 1;
};

/// The numbers of ELF, for <elf.h>.
struct SideSymbol {
  std::string name;
  std::uint64_t value = 0;  ///< address, odd for Thumb functions
  std::uint64_t size = 0;
  std::uint8_t type = 0;     ///< STT_*
  std::uint8_t binding = 0;  ///< STB_*
  bool absolute = false;     ///< else it lies in the image
};

struct SideFile {
  object::Isa isa = object::Isa::kX86_64;
  std::uint64_t entry = 0;
  std::uint32_t flags = 0;          ///< e_flags; 0: what the ISA's usual ABI has
  std::vector<ImageSection> image;  ///< ascending by address, without overlap
  std::vector<DebugSection> debug;
  std::vector<SideSymbol> symbols;  ///< any order
  Origins origins;
  object::Storage storage = {};  ///< may own what `image` and `debug` view
};

/// kLimit when it is too large for the ELF class of its ISA (4 GiB with 32 bits).
Result<std::vector<std::uint8_t>> write_side_file(const SideFile& file);

/// Where the side file of a CPE is looked for and written: "app.cpe.debug".
std::string side_file_name(std::string_view cpe);

}  // namespace cmos::debugmap

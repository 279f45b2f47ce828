// --debug-map: what a linked ELF program says about its source, as the side file of the CPE.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "formats/debugmap/side_file.h"
#include "formats/elf/executable.h"

namespace cmos::pack {

/// Sections, symbols and debug sections of the program, and the digest of the CPE made of it. The
/// linker that made the ELF file does not tell where its bytes came from: there are no origins.
/// `elf_bytes` outlive the result.
debugmap::SideFile make_debug_map(const elf::Executable& program, Bytes elf_bytes, Bytes cpe);

/// Whether the program has DWARF.
bool has_debug_information(const elf::File& file);

}  // namespace cmos::pack

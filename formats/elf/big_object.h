// Relocatable ELF objects of the 68000: 32 bits, big-endian. The linker has no use for them; a
// module is made from them (docs/module-format.md). Names are views into the file's bytes, which
// must outlive what is read.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::elf {

struct BigObject {
  struct Section {
    std::string_view name;
    std::uint32_t type = 0;
    std::uint32_t flags = 0;
    std::uint32_t size = 0;
    Bytes bytes = {};  ///< empty for SHT_NOBITS
  };
  struct Symbol {
    std::string_view name;
    std::uint32_t value = 0;
    std::uint32_t size = 0;
    std::uint8_t binding = 0;
    std::uint8_t type = 0;
    std::uint16_t section = 0;  ///< as the file numbers them: SHN_ABS and the like, too
  };
  struct Relocation {
    std::uint32_t section = 0;  ///< that holds the field
    std::uint32_t offset = 0;
    std::uint8_t type = 0;
    std::uint32_t symbol = 0;
    std::int32_t addend = 0;
  };
  std::vector<Section> sections;
  std::vector<Symbol> symbols;
  std::vector<Relocation> relocations;
};

/// Whether bytes begin like a big-endian ELF file of 32 bits for a 68000.
bool looks_like_m68k(Bytes bytes);

/// kMalformed with the offset; kUnsupported for programs.
Result<BigObject> read_m68k_object(Bytes bytes, std::string_view file);

}  // namespace cmos::elf

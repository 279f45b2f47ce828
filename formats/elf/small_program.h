// Linked ELF programs of CPUs without sections: the 68000 (32 bits, big-endian) and the Z80 (32
// bits, little-endian), as GNU's linkers write them. What is read here is what a flat image needs;
// programs of the large CPUs are formats/elf/executable.h. Names and contents are views into the
// file's bytes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "arch/cpu.h"
#include "base/bytes.h"
#include "base/error.h"

namespace cmos::elf {

struct SmallProgram {
  /// A PT_LOAD with memory.
  struct Segment {
    std::uint32_t address = 0;
    std::uint32_t memory_size = 0;
    bool executable = false;
    Bytes bytes = {};  ///< at most memory_size; the rest is zero
  };
  struct Symbol {
    std::string_view name;
    std::uint32_t value = 0;
    bool function = false;
    bool object = false;
    bool local = false;
  };
  const arch::Cpu* cpu = nullptr;
  std::uint32_t entry = 0;
  std::vector<Segment> segments;  ///< ascending by address, without overlap
  std::vector<Symbol> symbols;    ///< named, with a place; absolute ones are left out
};

/// Whether bytes begin like an ELF file of such a CPU.
bool looks_like_small_program(Bytes bytes);

/// kMalformed with the offset; kUnsupported for objects, shared libraries and dynamic programs.
Result<SmallProgram> read_small_program(Bytes bytes, std::string_view file);

}  // namespace cmos::elf

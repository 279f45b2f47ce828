// A linked program of Whitesmith's or ELF, or a flat image, as a CPE of a small CPU (docs/abi.md,
// Small CPUs). cmos-ld makes one of what it has linked, cmos-pack of what any linker has.
//
// The image is one stretch from the CPU's load address on that nothing protects: it has no boundary
// symbols, and the zeros of bss are in the file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "formats/cpe/program.h"
#include "formats/elf/small_program.h"
#include "formats/whitesmith/whitesmith.h"
#include "linker/program.h"

namespace cmos::wslink {

struct ProgramOptions {
  std::string arch = {};  ///< a code of a small CPU; empty: whitesmith::usual_arch of the file
  std::optional<std::uint32_t> entry = {};     ///< an address; nothing: where the image begins
  std::optional<std::uint64_t> bss_base = {};  ///< an address; nothing: behind data
  cpe::ProgramOptions program = {};
};

/// Codes of the CPUs whose programs are images without sections: Z80, 8080, 68000, 8086, 6502.
std::span<const std::string_view> small_archs();
bool is_small(std::string_view arch);

/// The CPE of a linked program. kMalformed: its text lies below the CPU's load address, its data
/// below text, or its end above the CPU's memory; the entry is outside. kUsage: an ARCH that is not
/// small, or whose byte order the file does not have. `name` names the file in errors.
Result<linker::Program> make_program(const whitesmith::File& file, std::string_view name,
                                     const ProgramOptions& options);

/// The same of an ELF program; the 8080 takes those of the Z80, whose makers know what they do.
Result<linker::Program> make_program(const elf::SmallProgram& program, std::string_view name,
                                     const ProgramOptions& options);

/// The CPE of bytes that are loaded at the CPU's load address as they are.
Result<linker::Program> make_flat_program(Bytes image, std::string_view name,
                                          const ProgramOptions& options);

}  // namespace cmos::wslink

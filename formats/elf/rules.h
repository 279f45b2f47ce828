// Every rule that an ELF file can break: what the linker and cmos-pack need of it. Nothing else
// declares one.
#pragma once

#include <span>

#include "base/findings.h"

namespace cmos::elf::rules {

using enum Severity;

inline constexpr Rule kMalformed{"elf-malformed", "docs/cpo.md ELF objects", kError};
inline constexpr Rule kUnsupported{"elf-unsupported", "docs/cpo.md ELF objects", kError};
inline constexpr Rule kRelocationType{"elf-relocation-type", "abi 7", kError};
inline constexpr Rule kThreadLocal{"elf-thread-local", "docs/cpo.md ELF objects", kError};
inline constexpr Rule kIndirect{"elf-indirect-function", "docs/cpo.md ELF objects", kError};
inline constexpr Rule kProgram{"elf-program", "abi 1.3", kError};

/// All of them, with what each one means.
std::span<const RuleRow> table();

}  // namespace cmos::elf::rules

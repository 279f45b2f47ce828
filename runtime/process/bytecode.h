// What an engine gets whose code calls the system by names: the numbers of the calls, and the
// program's arguments in memory.
#pragma once

#include <string>
#include <vector>

#include "emu/engine.h"
#include "loader/loader.h"

namespace cmos::runtime {

/// Does nothing for other engines. Argument registers 0 and 1 become the number of arguments and
/// the address of an array of 64-bit addresses of NUL-terminated texts, below the stack's top.
Result<void> prepare_bytecode(emu::Engine& engine, emu::GuestMemory& memory,
                              const loader::Placement& placement,
                              const std::vector<std::string>& arguments);

}  // namespace cmos::runtime

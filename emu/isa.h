// What an engine runs: a CPU under the ARCH code that a program asks for, and how CalamOS is called
// there. The CPU itself is a row of arch/; the second half of this struct is a fact about an
// operating system.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "arch/cpu.h"

namespace cmos::emu {

using arch::kNoRegister;
using arch::RegisterIndex;

struct Isa {
  std::string_view arch;  ///< the 4-byte ARCH code of cpe 1.1; two codes may mean one CPU
  const arch::Cpu& cpu;

  RegisterIndex number, result;  ///< of a system call (cpe 4, abi 2)
  std::array<RegisterIndex, 3> arguments;
  std::string_view
      traps;  ///< the instructions that make a system call, for people: "int 0x80, syscall"
  std::span<const std::uint8_t> exit_stub;  ///< code that makes the call exit(result register)

  std::string_view description() const {
    const arch::ArchCode* code = arch::find_code(arch);
    return code == nullptr ? cpu.description : code->description;
  }
};

/// The rows of the documented ARCHs (cpe 1.1).
extern const Isa kX8664, kX86, kArm, kArm64, kApple;

}  // namespace cmos::emu

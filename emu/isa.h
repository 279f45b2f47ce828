// What an engine runs: a CPU under the ARCH code that a program asks for, and how CalamOS is called
// there. The CPU itself is a row of arch/; the second half of this struct is a fact about an
// operating system.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "arch/cpu.h"

namespace cmos::emu {

using arch::kNoRegister;
using arch::RegisterIndex;

/// Where the parts of a process lie in the CPU's address space (abi 2). The image begins at
/// arch::Cpu::load_address.
struct MemoryMap {
  std::uint64_t stack_top = 0x7000'0000;  ///< first byte above the stack
  std::uint64_t exit_stub = 0x7001'0000;  ///< its own page
  std::uint64_t stack_guard = 0x1'0000;   ///< bytes kept unmapped below the stack
  std::uint64_t stack_size = 1u << 20;    ///< bytes, when nobody asks for another size
  /// Bytes kept above the return address of the entry function and of the abort method: some
  /// calling conventions look for arguments there, or keep copies of them.
  std::uint64_t stack_headroom = 64;
  std::uint64_t heap_alignment = 0x1'0000;  ///< the heap begins at a multiple of this
  std::uint64_t heap_gap = 0x1000;          ///< bytes kept unmapped between image and heap
};

/// 64 KiB: what the image and the heap leave below 0xe000 is the guard, and the stack has a page.
inline constexpr MemoryMap kMap64KiB{.stack_top = 0xf000,
                                     .exit_stub = 0xf000,
                                     .stack_guard = 0x1000,
                                     .stack_size = 0x1000,
                                     .heap_alignment = 0x1000,
                                     .heap_gap = 0};

/// How number, arguments and result of a system call read where they are not whole registers.
struct CallNames {
  std::string_view number = {};
  std::string_view arguments = {};
  std::string_view result = {};
};

struct Isa {
  std::string_view arch;  ///< the 4-byte ARCH code of cpe 1.1; two codes may mean one CPU
  const arch::Cpu& cpu;

  RegisterIndex number, result;  ///< of a system call (cpe 4, abi 2)
  std::array<RegisterIndex, 3> arguments;
  std::string_view
      traps;  ///< the instructions that make a system call, for people: "int 0x80, syscall"
  std::span<const std::uint8_t> exit_stub;  ///< code that makes the call exit(result register)

  MemoryMap map = {};
  CallNames names = {};

  std::string_view number_name() const {
    return names.number.empty() ? cpu.general()[number].name : names.number;
  }
  std::string_view result_name() const {
    return names.result.empty() ? cpu.general()[result].name : names.result;
  }
  /// "rcx rdx rdi"
  std::string arguments_text() const;

  std::string_view description() const {
    const arch::ArchCode* code = arch::find_code(arch);
    return code == nullptr ? cpu.description : code->description;
  }
};

/// The rows of the documented ARCHs (cpe 1.1).
extern const Isa kX8664, kX86, kArm, kArm64, kApple;

}  // namespace cmos::emu

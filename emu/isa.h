// The table of instruction set architectures: everything about a CPU that is data. An engine runs
// one of these; the system-call layer, the loader, traces and fault reports read register roles
// from here and never name a register.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace cmos::emu {

/// Index into Isa::registers.
using RegisterIndex = std::uint8_t;
inline constexpr RegisterIndex kNoRegister = 0xff;

struct RegisterInfo {
  std::string_view name;  ///< as assemblers of this ISA write it
  std::uint8_t bits;      ///< 32 or 64
};

/// How a program's entry function finds its way back to the exit stub (abi 2, "Start").
enum class ReturnStyle : std::uint8_t { kPushed, kLinkRegister };

struct Isa {
  std::string_view arch;         ///< the 4-byte ARCH code of cpe 1.1
  std::string_view description;  ///< "x86-64"
  std::uint8_t word_bytes;       ///< size of a register and a pointer: 4 or 8

  std::span<const RegisterInfo> registers;  ///< what reports and traces show, in their order
  RegisterIndex pc, sp, fp, link;           ///< link is kNoRegister where calls push
  RegisterIndex number, result;             ///< of a system call (cpe 4, abi 2)
  std::array<RegisterIndex, 3> arguments;
  std::string_view
      traps;  ///< the instructions that make a system call, for people: "int 0x80, syscall"

  ReturnStyle return_style;
  std::uint8_t stack_alignment;  ///< bytes
  std::uint8_t min_instruction_bytes, max_instruction_bytes;
  std::span<const std::uint8_t> exit_stub;  ///< code that makes the call exit(result register)
  std::string_view disassembler;  ///< ARCH code whose disassembly fits; "" when there is none
};

/// All bits of a register or pointer of this ISA.
constexpr std::uint64_t word_mask(const Isa& isa) {
  return isa.word_bytes == 8 ? ~0ull : 0xffff'ffffull;
}

/// The rows of the documented ARCHs (cpe 1.1).
extern const Isa kX8664, kX86, kArm, kArm64, kApple;

}  // namespace cmos::emu

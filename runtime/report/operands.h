// What an instruction's operands held when it faulted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "disasm/disasm.h"
#include "emu/engine.h"
#include "emu/memory.h"

namespace cmos::runtime {

struct OperandValue {
  std::string name;  ///< as the disassembler writes it: "ecx", "dword ptr [rbp - 8]"
  std::uint64_t value = 0;
};

/// The general registers that `instruction` names, in its order, each once, and what lies in memory
/// where an operand of x86 says: a division's divisor is often there. The program counter is left
/// out. `engine` stands at the instruction.
std::vector<OperandValue> operand_values(const disasm::Instruction& instruction,
                                         const emu::Engine& engine, const emu::GuestMemory& memory);

}  // namespace cmos::runtime

// Where an instruction's operands lead, read from its text: Capstone's details would cost every
// instruction, and few have any.
#pragma once

#include <cstdint>
#include <optional>

#include "disasm/disasm.h"
#include "object/object.h"

namespace cmos::inspect {

struct OperandTarget {
  std::uint64_t address = 0;
  bool is_branch = false;  ///< else it is data that the instruction addresses relative to itself
};

/// Nothing for most instructions, and for an unknown ISA.
std::optional<OperandTarget> target_of(const disasm::Instruction& one,
                                       std::optional<object::Isa> isa);
/// The same for an ARCH code, also of CPUs that only tables of our own disassemble.
std::optional<OperandTarget> target_of(const disasm::Instruction& one, std::string_view arch);

}  // namespace cmos::inspect

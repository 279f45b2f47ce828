// Instructions of COIL and CBC as text, for disassemblers and messages: COIL's as CASM writes them,
// so that casm reads them back.
#pragma once

#include <string>

#include "formats/coil/cbc.h"
#include "formats/coil/instruction.h"
#include "formats/coil/object_file.h"

namespace cmos::coil {

/// One operand, and one instruction without its label. `target` says how registers are called. A
/// SWITCH and an ABI block have several lines.
std::string operand_text(const Operand& operand, const ObjectFile& file, const Triple& target);
std::string instruction_text(const Instruction& instruction, const ObjectFile& file,
                             const Triple& target);
/// Branches name offsets in their function, to which `base` is added: "br 0x000c".
std::string cbc_text(const CbcInstruction& instruction, const CbcFile& file,
                     std::uint64_t base = 0);

/// What holds behind this instruction when it is a PROC, ARCH or MODE.
void follow_target(const Instruction& instruction, Triple& target);

}  // namespace cmos::coil

// Z80 and 8080 by tables of our own: Capstone has neither, and no kept library writes the 8080's
// own mnemonics.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "disasm/disasm.h"

namespace cmos::disasm {

/// One instruction of a Z80, with Zilog's mnemonics and also those that no document of Zilog's
/// lists (sll, halves of ix and iy). Nothing for prefixes that mean nothing before what follows.
std::optional<Instruction> decode_z80(Bytes code, std::uint64_t address);

/// The same of an 8080, whose twelve unused codes are nothing.
std::optional<Instruction> decode_8080_intel(Bytes code, std::uint64_t address);
std::optional<Instruction> decode_8080_zilog(Bytes code, std::uint64_t address);

}  // namespace cmos::disasm

// The instructions around an address. Going back is guesswork where instructions differ in length,
// so it starts from what is known to be an instruction and keeps only a way that arrives exactly.
#pragma once

#include <cstdint>
#include <vector>

#include "disasm/disasm.h"
#include "emu/engine.h"
#include "emu/memory.h"
#include "runtime/report/symbols.h"

namespace cmos::runtime {

/// Up to `before` instructions that lead to `pc`, the one at `pc`, and up to `after` that follow;
/// empty when nothing is mapped at `pc` or nothing here disassembles this ISA.
std::vector<disasm::Instruction> neighbourhood(std::uint64_t pc, const emu::Engine& engine,
                                               const emu::GuestMemory& memory,
                                               const SymbolIndex& symbols, std::size_t before,
                                               std::size_t after);

/// The instruction's text, with ` <symbol+offset>` after an operand that is an address in the
/// image.
std::string annotated(const disasm::Instruction& instruction, const SymbolIndex& symbols);

}  // namespace cmos::runtime

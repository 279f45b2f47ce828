// What the encoder accepts without a word and encodes as something else. Each is refused here.
#pragma once

#include "assembler/program.h"

namespace cmos::assembler {

/// One operand's tokens.
using OperandTokens = std::span<const Token>;

/// False after a mistake, which has been reported. On every ARCH: an operand without tokens. On
/// x86:
/// `[a + b + c]` and registers in parentheses, of which MC drops one; numbers wider than the
/// register, variable or address that they are for, which it cuts.
bool check_traps(const Line& line, std::string_view mnemonic,
                 std::span<const OperandTokens> operands, const Token& last, Program& program,
                 Reporter& reporter);

}  // namespace cmos::assembler

// .const and .var: TYPE and VALUE to bytes (cpo 3.2, abi 7).
#pragma once

#include "assembler/assembler.h"
#include "assembler/program.h"

namespace cmos::assembler {

/// Evaluates what follows the name; nothing when it was wrong, which has been reported. `variable`
/// needs no value. `function` is the one whose labels `.NAME` means. `record.symbol`, `record.line`
/// and what `$` stands for are the caller's.
std::optional<Record> parse_record(Cursor& cursor, bool variable, std::uint32_t function,
                                   Program& program, const Options& options, const Sources& sources,
                                   Reporter& reporter);

}  // namespace cmos::assembler

// .assert CONDITION, "why": on numbers when it is read, on places when everything is encoded.
#pragma once

#include <functional>

#include "assembler/program.h"

namespace cmos::assembler {

/// Reports that the condition is `value`, when that is 0; the cursor stands behind the condition.
void check_assertion(Integer value, Cursor& cursor, const Line& line, std::size_t first,
                     Reporter& reporter);

/// Where a place lies in CODE; nothing for what lies elsewhere.
using PlaceInCode = std::function<std::optional<std::int64_t>(const Place& place)>;

/// Those that had to wait.
void check_assertions(Program& program, const PlaceInCode& offset, Reporter& reporter);

}  // namespace cmos::assembler

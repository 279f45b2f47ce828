// The listing: address, bytes and source of every line, relocations below the bytes they change.
#pragma once

#include "assembler/emit.h"

namespace cmos::assembler {

std::string make_listing(const Sources& sources, const Program& program, const Emitted& emitted);

}  // namespace cmos::assembler

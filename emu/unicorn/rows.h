// The CPUs that Unicorn runs, as rows of the table of engines. Nothing of the library shows here.
#pragma once

#include "emu/engine.h"

namespace cmos::emu::unicorn {

void add_rows(EngineTable& table);

}  // namespace cmos::emu::unicorn

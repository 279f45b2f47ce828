// The passes of a link, in the order in which link.cc runs them. Errors go to Context::errors; a
// pass may rely on what the passes before it have established.
#pragma once

#include "linker/context.h"

namespace cmos::linker {

void load_inputs(Context& context);
void trace_symbols(Context& context);
void define_symbols(Context& context);
void mark_used_sections(Context& context);
void scan_relocations(Context& context);
void merge_constants(Context& context);
void lay_out(Context& context);
void apply_relocations(Context& context);
void choose_entry(Context& context);

}  // namespace cmos::linker

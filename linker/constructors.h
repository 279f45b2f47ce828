// .ctors and .dtors, which run from their end and from their beginning, as parts of .init_array and
// .fini_array, which do it the other way round.
#pragma once

#include "object/object.h"

namespace cmos::linker {

/// Turns the words of such sections round, with their relocations and symbols.
void reverse_constructors(object::Object& object);

}  // namespace cmos::linker

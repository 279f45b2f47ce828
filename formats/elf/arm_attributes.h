// Build attributes of ARM objects ("Addenda to, and Errata in, the ABI for the Arm Architecture"):
// what compilers assumed when they made one.
#pragma once

#include "base/bytes.h"
#include "object/object.h"

namespace cmos::elf {

/// How the functions of an object with this .ARM.attributes section hand over floating-point
/// values. Attributes that are damaged say nothing.
object::FloatArguments float_arguments(Bytes attributes);

}  // namespace cmos::elf

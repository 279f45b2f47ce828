// The worked example of docs/architecture.md.
#pragma once

#include "formats/registry/registry.h"

namespace cmos::tiny {

extern const formats::Format kFormat;

}  // namespace cmos::tiny

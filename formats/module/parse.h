// One parse for those who need a whole module and those who want every finding.
#pragma once

#include <optional>

#include "base/findings.h"
#include "formats/module/module.h"

namespace cmos::mod {

/// Reads as far as it can be read and adds what is wrong to `findings`; nothing when not even the
/// header makes sense. What was read before a fault is there.
std::optional<Module> parse(Bytes bytes, Findings& findings);

/// What one part of a module says of another; for modules whose structure is whole.
void lint(const Module& module, Findings& findings);

}  // namespace cmos::mod

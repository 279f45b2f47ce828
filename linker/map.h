// A link as text, for people: where everything is, what was left out, who refers to whom.
#pragma once

#include <string>

#include "linker/linker.h"

namespace cmos::linker {

/// Inputs, discarded sections, and everything in memory in the order of addresses, with symbols:
/// what ld's -Map shows.
std::string map_text(const Linked& linked);
/// Every global symbol with the object that defines it and those that refer to it (ld's --cref).
std::string cross_reference_text(const Linked& linked);
/// One line for each section that garbage collection removed.
std::string collected_text(const Linked& linked);
/// The relocations that can be applied, with their formulas: all, from the one table.
std::string relocations_text();

}  // namespace cmos::linker

// How messages name places in objects.
#pragma once

#include <string>

#include "linker/context.h"

namespace cmos::linker {

/// ".text+0x12 (in main)".
std::string place_text(const InputObject& object, std::uint32_t section, std::uint64_t offset);
/// Where an object defines a symbol: ".data+0x8", "absolute", "common".
std::string place_of_symbol(const InputObject& object, std::uint32_t symbol);
/// "'foo'", "section .rodata", "no symbol": what a relocation refers to.
std::string symbol_text(const InputObject& object, std::uint32_t symbol);

/// An error about one relocation of a section: file, offset, and the place as field.
Error at_relocation(const InputObject& object, const object::Relocation& relocation);

/// Defined names that `name` may have been meant to be, best first, at most three.
std::vector<std::string> similar_names(const std::vector<Symbol>& symbols, std::string_view name);

}  // namespace cmos::linker

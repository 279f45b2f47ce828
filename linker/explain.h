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
/// The same for a name.
std::string name_text(std::string_view name);

/// An error about one relocation of a section: file, offset, and the place as field.
Error at_relocation(const InputObject& object, const object::Relocation& relocation);

/// Defined names that `name` may have been meant to be, best first, at most three.
std::vector<std::string> similar_names(const std::vector<Symbol>& symbols, std::string_view name);
/// What else may help with a name that nobody defines: it is defined as a C++ function, or as a C
/// function, or in other versions. Empty when there is nothing to say.
std::string undefined_hint(const Context& context, std::string_view name);

/// Whether names of C++ are shown as declarations (the default) or as the object files have them.
enum class NameStyle : std::uint8_t { kDemangled, kMangled };
void set_name_style(NameStyle style);
/// A name as people read it, neither quoted nor made presentable.
std::string readable_name(std::string_view name);

}  // namespace cmos::linker

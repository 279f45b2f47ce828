// A relocatable ELF object (ET_REL) as the linker's object model: i386 and ARM with REL or RELA,
// x86-64 and AArch64 with RELA. What a static link of CalamOS programs cannot use is refused by its
// ELF name; sections that only describe others (debug, unwind, notes) are kept, but not loaded, and
// their unsupported relocations are left out.
#pragma once

#include "formats/elf/elf.h"
#include "object/object.h"

namespace cmos::elf {

/// Fails with kMalformed, or with kUnsupported for what is legal ELF but nothing here handles;
/// offset, field, found and expected are set. The bytes must outlive the object. ELF's symbol n is
/// symbol n - 1 of the object.
Result<object::Object> read_object(Bytes file_bytes, std::string_view file);

object::Isa isa_of(Machine machine);
/// What a symbol of an object of that ISA stands for.
object::SymbolKind kind_of(const Symbol& symbol, object::Isa isa);

}  // namespace cmos::elf

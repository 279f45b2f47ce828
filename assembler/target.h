// What differs between the ARCHs for the assembler: one row each, nothing elsewhere.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "object/object.h"

namespace cmos::assembler {

struct Target {
  std::string_view arch;  ///< "8664"
  object::Isa isa;
  std::string_view triple;         ///< of the encoder
  std::string_view prelude;        ///< lines that set the encoder up
  std::string_view comment;        ///< the ARCH's own mark beside `;`
  std::string_view function_type;  ///< operand of the encoder's .type
  unsigned pointer_bytes;
  object::RelocationType pointer;  ///< of an address in data

  bool is_x86() const { return isa == object::Isa::kX86_64 || isa == object::Isa::kX86; }
};

std::span<const Target> targets();
/// nullptr for an ARCH that the assembler does not know.
const Target* find_target(std::string_view arch);

/// Registers, and on x86 the words of Intel syntax (`offset`, `dword` …): no symbol may have such a
/// name. "register" or "word of Intel syntax"; empty when the name is free.
std::string_view reserved_as(const Target& target, std::string_view name);

}  // namespace cmos::assembler

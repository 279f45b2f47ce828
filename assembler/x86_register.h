// x86 registers as operands know them: what kind, how wide.
#pragma once

#include <cstdint>
#include <string_view>

namespace cmos::assembler {

enum class RegisterKind : std::uint8_t {
  kNone,
  kGeneral,
  kInstruction,  ///< rip, eip
  kNull,         ///< riz, eiz: "no index"
  kSegment,
  kX87,  ///< st, st0 … st7
  kMmx,
  kVector,  ///< xmm, ymm, zmm
  kMask,    ///< k0 … k7
  kControl,
  kDebug,
};

struct X86Register {
  RegisterKind kind = RegisterKind::kNone;
  std::uint16_t bits = 0;
  std::uint8_t number = 0;  ///< in its kind: esp is 4

  explicit operator bool() const { return kind != RegisterKind::kNone; }
};

/// kNone for a word that is no register. Small letters; `wide` is x86-64.
X86Register x86_register(std::string_view name, bool wide);

}  // namespace cmos::assembler

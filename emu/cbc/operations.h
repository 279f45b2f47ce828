// The interpreter's operations as ONE list: an enumeration, and with the same macro the table of
// their handlers. Those of two instructions stand at the end.
#pragma once

#include <cstdint>

// clang-format off
// name, for operations on integers of 32 and 64 bits, with two slots and with an immediate
#define CMOS_CBC_INTEGER(X) X(Add) X(Sub) X(Mul) X(Div) X(Rem) X(And) X(Or) X(Xor)
#define CMOS_CBC_PLAIN_INTEGER(X) X(Add) X(Sub) X(Mul) X(And) X(Or) X(Xor)
#define CMOS_CBC_FLOAT(X) X(Add) X(Sub) X(Mul) X(Div)
#define CMOS_CBC_COMPARE(X) X(Eq) X(Ne) X(Lt) X(Le) X(Gt) X(Ge)

#define CMOS_CBC_INTEGER_CODES(name) k##name##32, k##name##64, k##name##32Imm, k##name##64Imm,
#define CMOS_CBC_FLOAT_CODES(name) k##name##F32, k##name##F64, k##name##F32Imm, k##name##F64Imm,
#define CMOS_CBC_COMPARE_CODES(name) k##name, k##name##Zero, k##name##F32, k##name##F32Zero, k##name##F64, k##name##F64Zero,
#define CMOS_CBC_FUSED_CODES(name) kAdd32Imm##name,
#define CMOS_CBC_CONSTANT_INTEGER_CODES(name) kConstant##name##32, kConstant##name##64,
#define CMOS_CBC_CONSTANT_COMPARE_CODES(name) kConstant##name,
// clang-format on

namespace cmos::emu::cbc {

enum class Code : std::uint16_t {
  kTrap,
  kNop,
  kScope,  ///< zeroes the slots from a to b
  kBranch,
  kCall,
  kHostCall,
  kReturn,       ///< nothing
  kReturnValue,  ///< slot a, which is the b-th that the function returns
  kConstant,     ///< slot a = value
  kLoad8,
  kLoad16,
  kLoad32,
  kLoad64,
  kLoadBits32,  ///< without sign: a float
  kLoad8At,     ///< from the address `value`
  kLoad16At,
  kLoad32At,
  kLoad64At,
  kLoadBits32At,
  kStore8,
  kStore16,
  kStore32,
  kStore64,
  kStore8At,
  kStore16At,
  kStore32At,
  kStore64At,
  kSqrtF32,
  kSqrtF64,
  kI32ToI64,
  kI64ToI32,
  kI32ToF32,
  kI64ToF64,
  kF32ToI32,
  kF64ToI64,
  kF32ToF64,
  kF64ToF32,
  CMOS_CBC_INTEGER(CMOS_CBC_INTEGER_CODES) CMOS_CBC_FLOAT(CMOS_CBC_FLOAT_CODES)
      CMOS_CBC_COMPARE(CMOS_CBC_COMPARE_CODES)
  // An addition of an immediate, and the comparison of the sum behind it.
  CMOS_CBC_COMPARE(CMOS_CBC_FUSED_CODES)
  // A constant, and what calculates or compares with it.
  CMOS_CBC_PLAIN_INTEGER(CMOS_CBC_CONSTANT_INTEGER_CODES)
      CMOS_CBC_COMPARE(CMOS_CBC_CONSTANT_COMPARE_CODES)
          kConstants,  ///< c of them, one behind the other
  kCount,
};

}  // namespace cmos::emu::cbc

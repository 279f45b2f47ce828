#include "formats/coil/floats.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace cmos::coil {
namespace {

/// Exponent and fraction bits of the binary floats.
struct FloatShape {
  std::uint8_t code;
  int exponent;
  int fraction;
  bool infinity;  ///< FP8E4M3 has none, and one NaN
};
constexpr FloatShape kShapes[] = {{0x20, 5, 2, true},
                                  {0x21, 4, 3, false},
                                  {0x22, 8, 7, true},
                                  {0x23, 5, 10, true},
                                  {0x24, 8, 10, true}};

/// To fewer bits, to nearest even. Decimal texts become doubles first, whose 29 or more further
/// bits keep the second rounding from showing except in ties that no short decimal number hits.
std::uint64_t narrow(double value, const FloatShape& shape) {
  const std::uint64_t sign = std::signbit(value) ? 1 : 0;
  const std::uint64_t sign_bit = sign << (shape.exponent + shape.fraction);
  const int bias = (1 << (shape.exponent - 1)) - 1;
  const std::uint64_t largest_exponent = (std::uint64_t{1} << shape.exponent) - 1;
  const double magnitude = std::fabs(value);
  if (magnitude == 0) return sign_bit;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  exponent -= 1;
  const int least = 1 - bias;
  const int scale = shape.fraction - std::max(exponent, least);
  auto bits = static_cast<std::uint64_t>(std::nearbyint(std::ldexp(magnitude, scale)));
  // The fraction's carry moves into the exponent, as it should.
  if (exponent >= least) bits += static_cast<std::uint64_t>(exponent + bias - 1) << shape.fraction;
  const std::uint64_t infinity =
      shape.infinity ? largest_exponent << shape.fraction
                     : (largest_exponent << shape.fraction) | ((1u << shape.fraction) - 1);
  return sign_bit | std::min(bits, infinity);
}

}  // namespace

std::uint64_t float_bits(double value, const TypeRow& type) {
  for (const FloatShape& shape : kShapes) {
    if (shape.code == type.code) return narrow(value, shape);
  }
  if (type.size == 4) return std::bit_cast<std::uint32_t>(static_cast<float>(value));
  return std::bit_cast<std::uint64_t>(value);
}

double float_value(std::uint64_t bits, const TypeRow& type) {
  for (const FloatShape& shape : kShapes) {
    if (shape.code != type.code) continue;
    const std::uint64_t fraction = bits & ((std::uint64_t{1} << shape.fraction) - 1);
    const int exponent =
        static_cast<int>(bits >> shape.fraction & ((std::uint64_t{1} << shape.exponent) - 1));
    const int bias = (1 << (shape.exponent - 1)) - 1;
    const bool negative = (bits >> (shape.exponent + shape.fraction) & 1) != 0;
    const std::uint64_t leading = exponent == 0 ? 0 : std::uint64_t{1} << shape.fraction;
    const double magnitude = std::ldexp(static_cast<double>(leading | fraction),
                                        std::max(exponent, 1) - bias - shape.fraction);
    return negative ? -magnitude : magnitude;
  }
  if (type.size == 4) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  return std::bit_cast<double>(bits);
}

}  // namespace cmos::coil

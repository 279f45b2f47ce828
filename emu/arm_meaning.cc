#include "emu/arm_meaning.h"

#include <algorithm>
#include <array>

namespace cmos::emu {
namespace {

constexpr ArmDemand kNothing{}, kWords{.alignment = ArmAlignment::kFour},
    kBySize{.alignment = ArmAlignment::kSize};

constexpr bool is(std::uint32_t word, std::uint32_t mask, std::uint32_t value) {
  return (word & mask) == value;
}

/// Of 1 << exponent bytes.
ArmDemand first_of(unsigned exponent) {
  return {.alignment = static_cast<ArmAlignment>(exponent), .first_only = true};
}

/// VLDn and VSTn of one lane, or to all lanes.
ArmDemand lanes_demand(std::uint32_t word) {
  const unsigned count = (word >> 8 & 3) + 1, size = word >> 10 & 3, align = word >> 4 & 3;
  if (size == 3) {
    const unsigned element = std::min(word >> 6 & 3, 2u);
    if ((align & 1) == 0 || count == 3) return kNothing;
    if (count == 4 && (word >> 6 & 3) == 2) return first_of(3);
    return first_of((word >> 6 & 3) == 3 ? 4 : element + (count == 4 ? 2 : count - 1));
  }
  if (count == 3 || align == 0) return kNothing;
  if (size == 2 && count == 1) return align == 3 ? first_of(2) : kNothing;
  if (size == 2 && count == 4) return first_of(2 + align);
  if ((align & 1) == 0) return kNothing;
  return first_of(size + (count == 4 ? 2 : count - 1));
}

/// VLDn and VSTn; they stand at different places in A32 and T32.
ArmDemand neon_demand(std::uint32_t word) {
  if ((word >> 23 & 1) != 0) return lanes_demand(word);
  const unsigned align = word >> 4 & 3;
  return align == 0 ? kNothing : first_of(2 + align);
}

/// VLDR, VSTR, VLDM, VSTM; not the moves between two registers and a vector.
bool is_vfp_access(std::uint32_t word) {
  return is(word, 0x0e00'0e00, 0x0c00'0a00) && !is(word, 0x0fe0'0000, 0x0c40'0000);
}

}  // namespace

ArmDemand a32_demand(std::uint32_t word) {
  if (word >> 28 == 0xf)
    return is(word, 0xff10'0000, 0xf400'0000) || is(word, 0xff10'0000, 0xf420'0000)
               ? neon_demand(word)
               : kNothing;
  const bool pair = is(word, 0x0e10'00d0, 0x0000'00d0), list = is(word, 0x0e00'0000, 0x0800'0000);
  if (pair || list || is_vfp_access(word)) return kWords;
  return is(word, 0x0fb0'0ff0, 0x0100'0090) ? kBySize : kNothing;  // swp
}

ArmDemand t32_demand(std::uint32_t word) {
  const bool list = is(word, 0xfe40'0000, 0xe800'0000);
  const bool pair = is(word, 0xfe40'0000, 0xe840'0000) && (word & 0x0120'0000) != 0;
  if (list || pair || (word >> 28 == 0xe && is_vfp_access(word))) return kWords;
  return is(word, 0xff10'0000, 0xf900'0000) || is(word, 0xff10'0000, 0xf920'0000)
             ? neon_demand(word)
             : kNothing;
}

ArmDemand t16_demand(std::uint32_t halfword) {
  const bool stack = is(halfword, 0xf600, 0xb400), list = is(halfword, 0xf000, 0xc000);
  return stack || list ? kWords : kNothing;
}

ArmDemand a64_demand(std::uint32_t word) {
  const bool ordered = is(word, 0x3fa0'0000, 0x0880'0000);   // ldar, stlr
  const bool unscaled = is(word, 0x3f20'0c00, 0x1900'0000);  // ldapur, stlur
  return ordered || unscaled ? kBySize : kNothing;
}

bool a32_undefined_neon(std::uint32_t word) {
  const bool is_float = is(word, 0xffa0'0f10, 0xf320'0d10);
  const bool is_doubling = is(word, 0xff80'0f50, 0xf380'0d00) && (word >> 20 & 3) != 3;
  return is_float || is_doubling;
}

std::uint32_t t32_second_halfword(std::uint32_t first, std::uint32_t second) {
  if (first >> 8 != 0xff) return second;
  if (!a32_undefined_neon(0xf300'0000 | (first & 0xff) << 16 | second)) return second;
  // Vectors of 16 bytes have even numbers.
  constexpr std::uint32_t kOddDestination = 0x1000, kSixteenBytes = 0x40;
  return second | kOddDestination | ((first & 0x80) != 0 ? 0 : kSixteenBytes);
}

bool a64_ends_library(std::uint32_t word) {
  const unsigned negated = word >> 29 & 1, second = word >> 23 & 1;
  if (is(word, 0x9f60'c400, 0x0e40'0400)) {  // three operands
    constexpr auto kMissing =
        std::to_array<unsigned>({0x05, 0x0b, 0x0c, 0x0d, 0x11, 0x19, 0x1b, 0x1f});
    const unsigned operation = (word >> 11 & 7) | second << 3 | negated << 4;
    return std::find(kMissing.begin(), kMissing.end(), operation) != kMissing.end();
  }
  const bool vector = is(word, 0x9f7e'0c00, 0x0e78'0800),
             scalar = is(word, 0xdf7e'0c00, 0x5e78'0800);
  if (!vector && !scalar) return false;  // two operands
  constexpr auto kThere = std::to_array<unsigned>(
      {0x1d, 0x5d, 0x2c, 0x2d, 0x2e, 0x6c, 0x6d, 0x3d, 0x3f, 0x18, 0x19, 0x38, 0x39, 0x58, 0x59,
       0x79, 0x1a, 0x1b, 0x1c, 0x3a, 0x3b, 0x5a, 0x5b, 0x5c, 0x7a, 0x7b, 0x2f, 0x6f, 0x7d, 0x7f});
  const unsigned operation = (word >> 12 & 0x1f) | second << 5 | negated << 6;
  constexpr unsigned kFrecpx = 0x3f, kFabs = 0x2f, kFsqrt = 0x7f;
  const bool wrong_kind = scalar ? operation == kFabs || operation == kFsqrt : operation == kFrecpx;
  return wrong_kind || std::find(kThere.begin(), kThere.end(), operation) == kThere.end();
}

}  // namespace cmos::emu

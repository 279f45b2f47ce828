// x86: integer instructions of MMX and SSSE3 that the library gets wrong.
//
// Horizontal arithmetic: it overwrites the first operand while it still reads it as the second one.
//
// REX prefixes: the processor ignores their bits where they would extend the number of an MMX
// register; the library goes on counting behind the eight registers, into MXCSR among others. The
// address of such a register, which it makes by an addition to that of its state, is taken back.
#ifdef CMOS_UNICORN_TUNED

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "emu/unicorn/tuned/x86_state.h"

namespace cmos::emu::unicorn::x86 {
namespace {

/// d = the pairs of d, then those of s, each made one number.
template <class Number, std::size_t kBytes, class Combine>
void horizontally(void* d, const void* s, Combine&& combine) {
  constexpr std::size_t kCount = kBytes / sizeof(Number);
  std::array<Number, 2 * kCount> from;
  std::memcpy(from.data(), d, kBytes);
  std::memcpy(from.data() + kCount, s, kBytes);
  std::array<Number, kCount> result;
  for (std::size_t i = 0; i < kCount; ++i) result[i] = combine(from[2 * i], from[2 * i + 1]);
  std::memcpy(d, result.data(), kBytes);
}

std::int16_t saturated(int value) {
  using Limits = std::numeric_limits<std::int16_t>;
  return static_cast<std::int16_t>(std::clamp<int>(value, Limits::min(), Limits::max()));
}

}  // namespace

void link_integers() {}

}  // namespace cmos::emu::unicorn::x86

// NOLINTBEGIN(bugprone-reserved-identifier)
using namespace cmos::emu::unicorn;
using namespace cmos::emu::unicorn::x86;

#define CMOS_HORIZONTAL(name, type, expression)                                   \
  void __wrap_helper_##name##_mmx_x86_64(void* /*env*/, void* d, const void* s) { \
    horizontally<type, 8>(d, s, [](type a, type b) { return expression; });       \
  }                                                                               \
  void __wrap_helper_##name##_xmm_x86_64(void* /*env*/, void* d, const void* s) { \
    horizontally<type, 16>(d, s, [](type a, type b) { return expression; });      \
  }

extern "C" {
CMOS_HORIZONTAL(phaddw, std::uint16_t, static_cast<std::uint16_t>(a + b))
CMOS_HORIZONTAL(phaddd, std::uint32_t, a + b)
CMOS_HORIZONTAL(phaddsw, std::int16_t, saturated(a + b))
CMOS_HORIZONTAL(phsubw, std::uint16_t, static_cast<std::uint16_t>(a - b))
CMOS_HORIZONTAL(phsubd, std::uint32_t, a - b)
CMOS_HORIZONTAL(phsubsw, std::int16_t, saturated(a - b))

void __real_tcg_gen_addi_i64_x86_64(void*, std::intptr_t, std::intptr_t, std::int64_t);
void __wrap_tcg_gen_addi_i64_x86_64(void* context, std::intptr_t result, std::intptr_t base,
                                    std::int64_t offset) {
  constexpr std::int64_t kSize = 16, kStart = kStack, kEnd = kStart + 8 * kSize;
  if (base == field<std::intptr_t>(context, kContextEnv) && offset >= kEnd &&
      offset < kEnd + 8 * kSize && (offset - kStart) % kSize == 0)
    offset -= 8 * kSize;
  __real_tcg_gen_addi_i64_x86_64(context, result, base, offset);
}
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

// ARM, ARM64: where single instructions are translated.
//
// Alignment: ldrd, ldm, vldr, push and others fault on misaligned addresses whatever the system
// allows, and so do vld1 and its like when they say how their operand is aligned, and ldar. That is
// part of the comparison with the soft TLB, and costs nothing.
//
// LSE's minimum and maximum (ldsmax, ldumin …): of less than 64 bits the library compares all 64,
// as if there were no sign. It gets operands that are extended, and results that are not.
//
// Fixed point to float on ARM (vcvt.f32.s32 s0, s0, #20): rounds to nearest whatever FPSCR says.
// Where the result is a double it is exact.
#ifdef CMOS_UNICORN_TUNED

#include <cstring>

#include "emu/unicorn/tuned/tuned.h"

extern "C" {
using Extend = void(void* context, std::intptr_t result, std::intptr_t value);
using Choose = void(void* context, std::intptr_t result, std::intptr_t a, std::intptr_t b);
using Move = void(void* context, std::intptr_t value, std::intptr_t address, std::uintptr_t index,
                  std::uint32_t operation);
Extend tcg_gen_ext8u_i64_aarch64, tcg_gen_ext16u_i64_aarch64, tcg_gen_ext32u_i64_aarch64,
    tcg_gen_ext8s_i64_aarch64, tcg_gen_ext16s_i64_aarch64, tcg_gen_ext32s_i64_aarch64;
Choose tcg_gen_smin_i64_aarch64, tcg_gen_smax_i64_aarch64, tcg_gen_umin_i64_aarch64,
    tcg_gen_umax_i64_aarch64;
// NOLINTBEGIN(bugprone-reserved-identifier)
Move __real_tcg_gen_qemu_ld_i64_aarch64, __real_tcg_gen_qemu_st_i64_aarch64;
// NOLINTEND(bugprone-reserved-identifier)
}

namespace cmos::emu::unicorn {
namespace {

// MemOp
constexpr std::uint32_t kSizeMask = 3, kSigned = 4;

constexpr std::array<Extend*, 3> kUnsigned{&tcg_gen_ext8u_i64_aarch64, &tcg_gen_ext16u_i64_aarch64,
                                           &tcg_gen_ext32u_i64_aarch64},
    kWithSign{&tcg_gen_ext8s_i64_aarch64, &tcg_gen_ext16s_i64_aarch64, &tcg_gen_ext32s_i64_aarch64};

}  // namespace

void Tuned::begin_arm_instruction(std::uint64_t address) {
  std::array<std::uint8_t, 4> code{};
  std::size_t size = code.size();
  while (size > 0 && !setup_.memory.peek(address, std::span(code).first(size))) --size;
  demand_ = setup_.cpu.demand(Bytes(code).first(size), setup_.cpu.is_thumb(uc_));
}

/// `operation` is a MemOp, which says the alignment by its exponent.
std::uint32_t Tuned::align_arm_access(std::uint32_t operation) {
  constexpr unsigned kShift = 4, kNatural = 7;
  const auto alignment = demand_.alignment;
  if (alignment == ArmAlignment::kNone) return operation;
  if (demand_.first_only) demand_ = {};
  const bool by_size = alignment == ArmAlignment::kSize;
  return operation | (by_size ? kNatural : static_cast<unsigned>(alignment)) << kShift;
}

void Tuned::emit_extreme(Atomic& real, const Extreme& extreme, const AtomicOperands& operands) {
  constexpr int kType64 = 1;
  auto* context = field<char*>(uc_, kUcTcgContext);
  const std::uint32_t size = operands.operation & kSizeMask;
  if (size == kUnsigned.size())
    return real(context, operands.result, operands.address, operands.value, operands.index,
                operands.operation);
  const auto new_value = [&] {
    return static_cast<char*>(target_.new_temporary(context, kType64, false)) - context;
  };
  const std::intptr_t before = new_value(), after = new_value();
  const std::uint32_t operation = operands.operation | (extreme.has_sign ? kSigned : 0);
  __real_tcg_gen_qemu_ld_i64_aarch64(context, before, operands.address, operands.index, operation);
  (extreme.has_sign ? kWithSign : kUnsigned)[size](context, after, operands.value);
  extreme.choose(context, after, before, after);
  __real_tcg_gen_qemu_st_i64_aarch64(context, after, operands.address, operands.index,
                                     operands.operation);
  kUnsigned[size](context, operands.result, before);
  for (const std::intptr_t temporary : {before, after})
    target_.free_temporary(context, context + temporary);
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
#define CMOS_ACCESS(name)                                                                    \
  void __wrap_tcg_gen_qemu_##name##_i64_aarch64(void* context, std::intptr_t value,          \
                                                std::intptr_t address, std::uintptr_t index, \
                                                std::uint32_t operation) {                   \
    if (current != nullptr) operation = current->align_arm_access(operation);                \
    __real_tcg_gen_qemu_##name##_i64_aarch64(context, value, address, index, operation);     \
  }
CMOS_ACCESS(ld)
CMOS_ACCESS(st)

#define CMOS_EXTREME(name, has_sign)                                                        \
  cmos::emu::unicorn::Atomic __real_tcg_gen_atomic_fetch_##name##_i64_aarch64;              \
  void __wrap_tcg_gen_atomic_fetch_##name##_i64_aarch64(                                    \
      void* context, std::intptr_t result, std::intptr_t address, std::intptr_t value,      \
      std::uintptr_t index, std::uint32_t operation) {                                      \
    auto& real = __real_tcg_gen_atomic_fetch_##name##_i64_aarch64;                          \
    if (current == nullptr) return real(context, result, address, value, index, operation); \
    current->emit_extreme(real, {has_sign, &tcg_gen_##name##_i64_aarch64},                  \
                          {result, address, value, index, operation});                      \
  }
void __real_helper_gvec_fcmlah_idx_aarch64(void*, void*, void*, void*, std::uint32_t);
void __wrap_helper_gvec_fcmlah_idx_aarch64(void* result, void* a, void* b, void* status,
                                           std::uint32_t description) {
  constexpr std::size_t kHalf = 8;
  const std::size_t size = ((description & 0x1f) + 1) * kHalf,
                    whole = ((description >> 5 & 0x1f) + 1) * kHalf;
  if (current == nullptr || size != kHalf)
    return __real_helper_gvec_fcmlah_idx_aarch64(result, a, b, status, description);
  constexpr std::size_t kLargest = 256;
  alignas(16) std::array<char, kLargest> sum{}, factor{};
  for (const std::size_t at : {std::size_t{0}, kHalf}) {
    std::memcpy(sum.data() + at, result, kHalf);
    std::memcpy(factor.data() + at, a, kHalf);
  }
  __real_helper_gvec_fcmlah_idx_aarch64(sum.data(), factor.data(), b, status, description);
  std::memset(result, 0, whole);
  std::memcpy(result, sum.data(), kHalf);
}

std::uint32_t helper_set_rmode_arm(std::uint32_t mode, void* status);
#define CMOS_TO_NEAREST(name)                                                                \
  std::uint32_t __real_helper_vfp_##name##_arm(std::uint32_t number, std::uint32_t fraction, \
                                               void* status);                                \
  std::uint32_t __wrap_helper_vfp_##name##_arm(std::uint32_t number, std::uint32_t fraction, \
                                               void* status) {                               \
    constexpr std::uint32_t kNearestEven = 0;                                                \
    const std::uint32_t mode = helper_set_rmode_arm(kNearestEven, status);                   \
    const std::uint32_t result = __real_helper_vfp_##name##_arm(number, fraction, status);   \
    helper_set_rmode_arm(mode, status);                                                      \
    return result;                                                                           \
  }
CMOS_TO_NEAREST(shtos)
CMOS_TO_NEAREST(sltos)
CMOS_TO_NEAREST(uhtos)
CMOS_TO_NEAREST(ultos)

CMOS_EXTREME(smin, true)
CMOS_EXTREME(smax, true)
CMOS_EXTREME(umin, false)
CMOS_EXTREME(umax, false)
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

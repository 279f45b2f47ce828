// The x87 in the library's state, for the two files that work on it.
#pragma once

#include <array>

#include "emu/unicorn/tuned/x86_state.h"

namespace cmos::emu::unicorn::x86 {

inline constexpr std::uint16_t kExceptions = 0x3f, kSummary = 0x8080, kTopBits = 0x3800,
                               kPrecision = 0x20;

/// What fnsave stores and frstor loads: an environment, and the registers from the top on.
struct Image {
  std::uint32_t control, status, tags, ip, cs, dp, ds;
  std::array<std::array<std::uint8_t, 10>, 8> registers;
};
static_assert(sizeof(Image) == 108);

inline std::uint16_t& status(void* env) {
  return field<std::uint16_t>(env, kStatus);
}
inline std::uint16_t control(void* env) {
  return field<std::uint16_t>(env, kControl);
}
inline std::uint32_t& top(void* env) {
  return field<std::uint32_t>(env, kTop);
}
inline std::uint8_t* tags(void* env) {
  return &field<std::uint8_t>(env, kTags);
}
inline std::uint8_t* place(void* env, unsigned number) {
  return &field<std::uint8_t>(env, kStack) + std::size_t{16} * ((top(env) + number) & 7);
}

inline bool pending(void* env) {
  return (status(env) & ~control(env) & kExceptions) != 0;
}

/// Moves the guest's registers into the host's.
void move_in(void* env);
/// The environment and registers as fnsave stores them.
Image take_image(void* env);
/// The status word as the guest sees it.
std::uint16_t whole_status(void* env);
/// Begins an instruction that waits, and works on the library's state.
void wait_outside(void* env, std::uintptr_t from);

}  // namespace cmos::emu::unicorn::x86

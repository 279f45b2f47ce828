// x86: the instructions that store, load or clear the environment of the x87 or all of it. They
// work on the library's state, see x87.cc.
//
// The pointers to the last instruction and operand are what fldenv or frstor loaded, and 0 after
// fninit and fxrstor: no other instruction sets them.
#ifdef CMOS_UNICORN_TUNED

#include <cstring>

#include "emu/unicorn/tuned/x87_state.h"

extern "C" {
std::uint32_t cpu_lduw_data_ra_x86_64(void*, std::uint64_t, std::uintptr_t);
std::uint32_t cpu_ldl_data_ra_x86_64(void*, std::uint64_t, std::uintptr_t);
std::uint64_t cpu_ldq_data_ra_x86_64(void*, std::uint64_t, std::uintptr_t);
void cpu_stw_data_ra_x86_64(void*, std::uint64_t, std::uint32_t, std::uintptr_t);
void cpu_stl_data_ra_x86_64(void*, std::uint64_t, std::uint32_t, std::uintptr_t);
void cpu_stq_data_ra_x86_64(void*, std::uint64_t, std::uint64_t, std::uintptr_t);
}

namespace cmos::emu::unicorn::x86 {
std::uint16_t whole_status(void* env) {
  return static_cast<std::uint16_t>((status(env) & ~(kTopBits | kSummary)) | top(env) << 11 |
                                    (pending(env) ? kSummary : 0));
}

void wait_outside(void* env, std::uintptr_t from) {
  leave_x87(env);
  if (pending(env)) raise_exception_ra_x86_64(env, kX87Exception, from);
}

namespace {

/// What fnstenv stores, in the 32-bit or 16-bit format. The pointers to the last instruction and
/// operand are those that the library keeps.
void store_environment(void* env, std::uint64_t address, bool data32, std::uintptr_t from) {
  constexpr std::uint32_t kUnused = 0xffff'0000;
  const Image image = take_image(env);
  const std::array<std::uint32_t, 7> words{kUnused | control(env),
                                           kUnused | whole_status(env),
                                           image.tags | kUnused,
                                           field<std::uint32_t>(env, kLastInstruction),
                                           field<std::uint16_t>(env, kLastSelector),
                                           field<std::uint32_t>(env, kLastOperand),
                                           kUnused | field<std::uint16_t>(env, kLastSegment)};
  for (std::size_t i = 0; i < words.size(); ++i)
    if (data32)
      cpu_stl_data_ra_x86_64(env, address + 4 * i, words[i], from);
    else
      cpu_stw_data_ra_x86_64(env, address + 2 * i, words[i] & 0xffff, from);
}

/// The counterpart of store_environment(); returns the tag word.
std::uint32_t load_environment(void* env, std::uint64_t address, bool data32, std::uintptr_t from) {
  constexpr std::uint16_t kAlways = 0x40, kDefined = 0x1f3f;
  std::array<std::uint32_t, 7> words{};
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = data32 ? cpu_ldl_data_ra_x86_64(env, address + 4 * i, from)
                      : cpu_lduw_data_ra_x86_64(env, address + 2 * i, from);
  field<std::uint16_t>(env, kControl) = static_cast<std::uint16_t>((words[0] & kDefined) | kAlways);
  status(env) = static_cast<std::uint16_t>(words[1] & ~(kTopBits | kSummary));
  top(env) = words[1] >> 11 & 7;
  for (unsigned i = 0; i < 8; ++i) tags(env)[i] = (words[2] >> (2 * i) & 3) == 3;
  field<std::uint64_t>(env, kLastInstruction) = words[3];
  field<std::uint16_t>(env, kLastSelector) = static_cast<std::uint16_t>(words[4]);
  field<std::uint64_t>(env, kLastOperand) = words[5];
  field<std::uint16_t>(env, kLastSegment) = static_cast<std::uint16_t>(words[6]);
  return words[2];
}

}  // namespace
}  // namespace cmos::emu::unicorn::x86

// NOLINTBEGIN(bugprone-reserved-identifier)
using namespace cmos::emu::unicorn;
using namespace cmos::emu::unicorn::x86;

#define CMOS_FROM reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))

extern "C" {
void __real_helper_fninit_x86_64(void*);
void __wrap_helper_fstenv_x86_64(void* env, std::uint64_t address, int data32) {
  leave_x87(env);
  store_environment(env, address, data32 != 0, CMOS_FROM);
  field<std::uint16_t>(env, kControl) |= kExceptions;
}
void __wrap_helper_fsave_x86_64(void* env, std::uint64_t address, int data32) {
  const std::uintptr_t from = CMOS_FROM;
  leave_x87(env);
  store_environment(env, address, data32 != 0, from);
  address += data32 != 0 ? 28 : 14;
  for (unsigned i = 0; i < 8; ++i, address += 10) {
    std::array<std::uint64_t, 2> words{};
    std::memcpy(words.data(), place(env, i), 10);
    cpu_stq_data_ra_x86_64(env, address, words[0], from);
    cpu_stw_data_ra_x86_64(env, address + 8, static_cast<std::uint32_t>(words[1]), from);
  }
  __real_helper_fninit_x86_64(env);
}
void __wrap_helper_fldenv_x86_64(void* env, std::uint64_t address, int data32) {
  wait_outside(env, CMOS_FROM);
  load_environment(env, address, data32 != 0, CMOS_FROM);
}
void __wrap_helper_frstor_x86_64(void* env, std::uint64_t address, int data32) {
  const std::uintptr_t from = CMOS_FROM;
  wait_outside(env, from);
  load_environment(env, address, data32 != 0, from);
  address += data32 != 0 ? 28 : 14;
  for (unsigned i = 0; i < 8; ++i, address += 10) {
    const std::array<std::uint64_t, 2> words{cpu_ldq_data_ra_x86_64(env, address, from),
                                             cpu_lduw_data_ra_x86_64(env, address + 8, from)};
    std::memcpy(place(env, i), words.data(), 10);
  }
}
void __real_helper_fxsave_x86_64(void*, std::uint64_t);
void __wrap_helper_fxsave_x86_64(void* env, std::uint64_t address) {
  leave_x87(env);
  collect_mxcsr(env);
  status(env) = whole_status(env) & static_cast<std::uint16_t>(~kTopBits);
  __real_helper_fxsave_x86_64(env, address);
}
void __real_helper_fxrstor_x86_64(void*, std::uint64_t);
void __wrap_helper_fxrstor_x86_64(void* env, std::uint64_t address) {
  constexpr std::uint64_t kMxcsrOffset = 24;
  leave_x87(env);
  field<std::uint64_t>(env, kLastInstruction) = field<std::uint64_t>(env, kLastOperand) = 0;
  field<std::uint16_t>(env, kLastSelector) = field<std::uint16_t>(env, kLastSegment) = 0;
  if (address % 16 == 0)
    load_mxcsr(env, cpu_ldl_data_ra_x86_64(env, address + kMxcsrOffset, CMOS_FROM), CMOS_FROM);
  __real_helper_fxrstor_x86_64(env, address);
}
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

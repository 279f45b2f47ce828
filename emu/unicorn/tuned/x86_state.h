// What the floating-point mends share: places in the library's CPUX86State, and exceptions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "emu/unicorn/tuned/library.h"

extern "C" {
[[noreturn]] void raise_exception_ra_x86_64(void* env, int number, std::uintptr_t from);
}

namespace cmos::emu::unicorn::x86 {

// struct CPUX86State (target/i386/cpu.h)
inline constexpr std::size_t kFlagsSource = 0x98, kFlagsOperation = 0xa8, kTop = 0x23c,
                             kStatus = 0x240, kControl = 0x242, kTags = 0x244, kStack = 0x250,
                             kLastSelector = 0x2d2, kLastSegment = 0x2d4, kLastInstruction = 0x2d8,
                             kLastOperand = 0x2e0, kMxcsr = 0x310, kRegisters = 0, kPc = 0x80,
                             kXmm0 = 0x318, kOldException = 0x1558;

enum Exception : std::uint8_t {
  kProtection = 13,
  kX87Exception = 16,
  kSimdException = 19,
};

inline constexpr std::uint32_t kMxcsrFlags = 0x3f, kMxcsrMasks = 0x1f80;

/// While a guest runs, the host's MXCSR is the guest's with all exceptions masked, so that one
/// instruction of the host does what one of the guest's does, flags included. `env` nullptr: no
/// x86.
class Floats {
 public:
  explicit Floats(void* env);
  ~Floats();
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;

 private:
  void* env_;
  std::uint32_t before_ = 0;
};

/// Makes the guest's MXCSR in `env` current.
void collect_mxcsr(void* env);
/// ldmxcsr, at the host address `from` of generated code: #GP when a reserved bit is set.
void load_mxcsr(void* env, std::uint32_t value, std::uintptr_t from);
/// Make the linker take x86_strings.cc and x86_integers.cc, whose functions only the library calls.
void link_strings();
void link_integers();
/// Ends the stay of the guest's x87 registers in the host's, see x87.cc.
void leave_x87(void* env);
/// What an instruction of MMX makes of the x87: all registers are valid, the top is 0.
void become_mmx(void* env);

}  // namespace cmos::emu::unicorn::x86

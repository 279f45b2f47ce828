// What the mends of x86 instructions share: places in the library's CPUX86State.
#pragma once

#include <cstddef>
#include <cstdint>

#include "emu/unicorn/tuned/library.h"

namespace cmos::emu::unicorn::x86 {

// struct CPUX86State (target/i386/cpu.h)
inline constexpr std::size_t kRegisters = 0, kFlagsSource = 0x98, kStack = 0x250, kXmm0 = 0x318,
                             kOldException = 0x1558;

/// Make the linker take x86_strings.cc and x86_integers.cc, whose functions only the library calls.
void link_strings();
void link_integers();

}  // namespace cmos::emu::unicorn::x86

// x86: every exception is the first.
//
// The library remembers the last exception until one is delivered to the guest's kernel, of which
// there is none: the next one becomes a double fault, and after that the processor is shut down and
// executes nothing any more. But a run may go on after a fault: the abort method does, and so may
// an embedding program. What was remembered is forgotten before each run.
#ifdef CMOS_UNICORN_TUNED

#include "emu/unicorn/tuned/tuned.h"
#include "emu/unicorn/tuned/x86_state.h"

namespace cmos::emu::unicorn {

void Tuned::forget_exceptions() {
  if (setup_.cpu.arch() == UC_ARCH_X86)
    field<std::int32_t>(processor_state(), x86::kOldException) = -1;
}

}  // namespace cmos::emu::unicorn

#endif  // CMOS_UNICORN_TUNED

// Stepping. A block of one instruction is a matter of the `cflags` of the block to find next; no
// flush, no hook. What follows that block must not run.
#ifdef CMOS_UNICORN_TUNED

#include "emu/unicorn/tuned/tuned.h"

namespace cmos::emu::unicorn {

uc_err Tuned::step(std::uint64_t from) {
  stepping_ = true;
  field<std::uint32_t>(cpu_, kCpuNextFlags) = kOneInstruction;
  const uc_err error = run(from);
  stepping_ = false;
  field<std::uint32_t>(cpu_, kCpuNextFlags) = ~0u;
  return error;
}

/// Before each block that the execution loop enters: while stepping, it shall be the last.
void Tuned::before_block() {
  if (stepping_) field<bool>(cpu_, kCpuExitRequest) = true;
}

/// Generated code finds the target of an indirect jump by itself: while stepping, it must not run.
void Tuned::before_indirect_jump() {
  if (stepping_) field<std::uint16_t*>(cpu_, kCpuDecrement)[1] = 0xffff;
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
#define CMOS_WRAP(suffix)                                       \
  void __real_tb_exec_lock_##suffix(void*);                     \
  void __wrap_tb_exec_lock_##suffix(void* context) {            \
    if (current != nullptr) current->before_block();            \
    __real_tb_exec_lock_##suffix(context);                      \
  }                                                             \
                                                                \
  const void* __real_helper_lookup_tb_ptr_##suffix(void*);      \
  const void* __wrap_helper_lookup_tb_ptr_##suffix(void* env) { \
    if (current != nullptr) current->before_indirect_jump();    \
    return __real_helper_lookup_tb_ptr_##suffix(env);           \
  }
CMOS_WRAP_EACH_TARGET(CMOS_WRAP)
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

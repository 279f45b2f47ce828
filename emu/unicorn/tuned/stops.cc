// Asynchronous stops. Generated code looks for a stop after each memory access, and a block that is
// left there is taken up at its start again, part of it twice. We translate without these checks
// (which also makes the code faster) and set only the two flags that are looked at where blocks
// begin.
#ifdef CMOS_UNICORN_TUNED

#include <utility>

#include "emu/unicorn/tuned/tuned.h"

namespace cmos::emu::unicorn {

// The library clears these flags when a run begins, so that only before_execution() sees a request
// that came just before.
void Tuned::interrupt() noexcept {
  void* cpu = cpu_;
  if (cpu == nullptr) return;
  // In this order: generated code sees the counter and leaves, the loop around it then looks at the
  // request.
  std::atomic_ref(field<bool>(cpu, kCpuExitRequest)).store(true);
  auto* decrement = field<std::uint16_t*>(cpu, kCpuDecrement);
  std::atomic_ref(decrement[1]).store(0xffff);
}

bool Tuned::before_execution() const {
  return !setup_.stop_wanted.load();
}

void Tuned::after_execution() {
  if (budget_used_) setup_.listener.on_budget();
  // A flush of the translation buffer left the loop before the instruction to step over.
  const bool stepped = stepping_ && !std::exchange(flushed_, false);
  if (stepped || budget_used_ || setup_.stop_wanted.load()) field<bool>(uc_, kUcStopRequest) = true;
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
#define CMOS_WRAP(suffix)                                                             \
  int __real_cpu_exec_##suffix(void*, void*);                                         \
  int __wrap_cpu_exec_##suffix(void* uc, void* cpu) {                                 \
    constexpr int kInterrupt = 0x10000; /* EXCP_INTERRUPT */                          \
    if (current == nullptr) return __real_cpu_exec_##suffix(uc, cpu);                 \
    const int reason =                                                                \
        current->before_execution() ? __real_cpu_exec_##suffix(uc, cpu) : kInterrupt; \
    current->after_execution();                                                       \
    return reason;                                                                    \
  }
CMOS_WRAP_EACH_TARGET(CMOS_WRAP)

// The Thumb translator switches the checks of whole_blocks() on again for each instruction outside
// of IT blocks.
#define CMOS_WRAP_ARM_ACCESS(name)                                                           \
  void __real_tcg_gen_qemu_##name##_arm(void*, void*, void*, std::uintptr_t, std::uint32_t); \
  void __wrap_tcg_gen_qemu_##name##_arm(void* context, void* value, void* address,           \
                                        std::uintptr_t index, std::uint32_t operation) {     \
    if (current != nullptr) {                                                                \
      current->whole_blocks();                                                               \
      operation = current->align_arm_access(operation);                                      \
    }                                                                                        \
    __real_tcg_gen_qemu_##name##_arm(context, value, address, index, operation);             \
  }
extern "C" {
CMOS_WRAP_ARM_ACCESS(ld_i32)
CMOS_WRAP_ARM_ACCESS(st_i32)
CMOS_WRAP_ARM_ACCESS(ld_i64)
CMOS_WRAP_ARM_ACCESS(st_i64)
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

// Guest accesses that take the slow path, in the helpers that generated code calls for them.
//
// Fault pc: such a helper gets the host address of the access; we remember it and let
// cpu_restore_state() find the instruction. Accesses by other helpers have it as the return address
// of the call from generated code, which the unwinder finds as the first frame without unwind
// information.
//
// Misaligned accesses: the library tells which address it was to nobody, looks first whether there
// is memory, and x86 has none that it would refuse. We remember the address, and raise the fault.
//
// Whole stores: a store across the end of a mapping writes its first part before it faults. We let
// it fault at once.
#ifdef CMOS_UNICORN_TUNED

#include <unwind.h>

#include "emu/unicorn/tuned/tuned.h"
#include "emu/unicorn/tuned/x86_state.h"

extern "C" {
[[noreturn]] void raise_exception_err_ra_x86_64(void* env, int number, int code,
                                                std::uintptr_t from);
[[noreturn]] void cpu_loop_exit_noexc_x86_64(void* cpu);
[[noreturn]] void arm_cpu_do_unaligned_access_arm(void* cpu, std::uint64_t address, int kind,
                                                  int mode, std::uintptr_t from);
[[noreturn]] void arm_cpu_do_unaligned_access_aarch64(void* cpu, std::uint64_t address, int kind,
                                                      int mode, std::uintptr_t from);
}

namespace cmos::emu::unicorn {

bool Tuned::refuses_whole_store(std::uint64_t address, unsigned size,
                                std::uint64_t& first_bad) const {
  const std::uint64_t in_first = kGuestPage - address % kGuestPage;
  if (in_first >= size) return false;
  first_bad = (address + in_first) & (word_bytes_ == 8 ? ~0ull : 0xffff'ffffull);
  return setup_.memory.accessible(address, 1, kWrite) &&
         !setup_.memory.accessible(first_bad, 1, kWrite);
}

/// `index` is a TCGMemOpIdx: which accesses demand which alignment.
void Tuned::check_alignment(std::uint64_t address, std::uint32_t index, Access access) {
  constexpr unsigned kNatural = 7;
  const unsigned demanded = index >> 8 & 7, size = index >> 4 & 3;
  const std::uint64_t low = (1ull << (demanded == kNatural ? size : demanded)) - 1;
  if ((address & low) == 0) [[likely]]
    return;
  misaligned_ = {.access = access, .address = address};
  if (translates_x86())
    raise_exception_err_ra_x86_64(processor_state(), x86::kProtection, 0, access_from);
  const int kind = access == Access::kWrite ? 1 : 0, mode = static_cast<int>(index & 0xf);
  const auto raise =
      word_bytes_ == 8 ? &arm_cpu_do_unaligned_access_aarch64 : &arm_cpu_do_unaligned_access_arm;
  raise(cpu_, address, kind, mode, access_from);
}

namespace {

_Unwind_Reason_Code last_frame(_Unwind_Context* context, void* address) {
  *static_cast<std::uintptr_t*>(address) = _Unwind_GetIP(context);
  return _URC_NO_REASON;
}

}  // namespace

bool Tuned::locate_fault() {
  std::uintptr_t from = access_from;
  access_from = 0;
  // A helper called from generated code: the unwinder stops there, since that code has no unwind
  // information.
  if (from == 0) _Unwind_Backtrace(&last_frame, &from);
  return target_.restore_state(cpu_, from, false);
}

// The library itself goes on until the next place where it looks for a stop, which may be behind
// more instructions.
void Tuned::leave_run() {
  uc_emu_stop(uc_);
  target_.leave_execution(cpu_);
}

void Tuned::skip_instruction(std::uintptr_t from) {
  target_.restore_state(cpu_, from, true);
  auto& pc = field<std::uint64_t>(processor_state(), x86::kPc);
  std::array<std::uint8_t, 16> code{};
  std::size_t size = code.size();
  while (size > 0 && !setup_.memory.peek(pc, std::span(code).first(size))) --size;
  pc += setup_.cpu.instruction_length(Bytes(code).first(size), false);
  cpu_loop_exit_noexc_x86_64(cpu_);
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
#define CMOS_WRAP_LOAD(name, suffix)                                                               \
  std::uint64_t __real_helper_##name##_mmu_##suffix(void*, guest_##suffix, std::uint32_t,          \
                                                    std::uintptr_t);                               \
  std::uint64_t __wrap_helper_##name##_mmu_##suffix(void* env, guest_##suffix address,             \
                                                    std::uint32_t index, std::uintptr_t from) {    \
    if (current == nullptr) return __real_helper_##name##_mmu_##suffix(env, address, index, from); \
    current->access_from = from;                                                                   \
    current->check_alignment(address, index, cmos::emu::Access::kRead);                            \
    const std::uint64_t value = __real_helper_##name##_mmu_##suffix(env, address, index, from);    \
    current->access_from = 0;                                                                      \
    return value;                                                                                  \
  }

#define CMOS_WRAP_STORE(name, type, suffix)                                                    \
  void __real_helper_##name##_mmu_##suffix(void*, guest_##suffix, type, std::uint32_t,         \
                                           std::uintptr_t);                                    \
  void __wrap_helper_##name##_mmu_##suffix(void* env, guest_##suffix address, type value,      \
                                           std::uint32_t index, std::uintptr_t from) {         \
    if (current == nullptr)                                                                    \
      return __real_helper_##name##_mmu_##suffix(env, address, value, index, from);            \
    current->access_from = from;                                                               \
    current->check_alignment(address, index, cmos::emu::Access::kWrite);                       \
    std::uint64_t bad = 0;                                                                     \
    if (current->refuses_whole_store(address, sizeof(type), bad))                              \
      __real_helper_##name##_mmu_##suffix(env, static_cast<guest_##suffix>(bad), value, index, \
                                          from);                                               \
    __real_helper_##name##_mmu_##suffix(env, address, value, index, from);                     \
    current->access_from = 0;                                                                  \
  }

#define CMOS_WRAP(suffix)                        \
  CMOS_WRAP_LOAD(ret_ldub, suffix)               \
  CMOS_WRAP_LOAD(le_lduw, suffix)                \
  CMOS_WRAP_LOAD(le_ldul, suffix)                \
  CMOS_WRAP_LOAD(le_ldq, suffix)                 \
  CMOS_WRAP_LOAD(be_lduw, suffix)                \
  CMOS_WRAP_LOAD(be_ldul, suffix)                \
  CMOS_WRAP_LOAD(be_ldq, suffix)                 \
  CMOS_WRAP_STORE(ret_stb, std::uint8_t, suffix) \
  CMOS_WRAP_STORE(le_stw, std::uint16_t, suffix) \
  CMOS_WRAP_STORE(le_stl, std::uint32_t, suffix) \
  CMOS_WRAP_STORE(le_stq, std::uint64_t, suffix) \
  CMOS_WRAP_STORE(be_stw, std::uint16_t, suffix) \
  CMOS_WRAP_STORE(be_stl, std::uint32_t, suffix) \
  CMOS_WRAP_STORE(be_stq, std::uint64_t, suffix)
CMOS_WRAP_EACH_TARGET(CMOS_WRAP)
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

// The tuned build's common part: which library it is, its start, and a run.
#ifdef CMOS_UNICORN_TUNED

#include "emu/unicorn/tuned/tuned.h"
#include "base/host_memory.h"
#include "emu/unicorn/tuned/x86_state.h"

#include <fmt/format.h>

#include <utility>

namespace cmos::emu::unicorn {

constinit thread_local Tuned* current = nullptr;

Result<void> Tuned::opened(uc_engine* uc) {
  uc_ = uc;
  if (!code_pages_.usable()) return fail(no_host_memory("the code page table"));
  CMOS_TRY_VOID(try_translation_buffer());
  const Current scope(this);
  // ARM alone lets the size of a TLB page be chosen; 2.0.1 doubles the argument.
  if (setup_.cpu.arch() == UC_ARCH_ARM) uc_ctl_set_page_size(uc_, kGuestPage / 2);
  std::size_t page = 0;
  uc_query(uc_, UC_QUERY_PAGE_SIZE, &page);  // initializes the library's processor
  target_.page = page;
  void* cpu = field<void*>(uc_, kUcCpu);
  if (cpu == nullptr || page == 0 || field<void*>(cpu, kCpuUc) != uc_ ||
      field<void (*)(uc_engine*)>(uc_, kUcStart) != target_.resume ||
      field<int>(uc_, kUcLevel) != 0 || field<std::uint32_t>(cpu, kCpuNextFlags) != ~0u)
    return fail(
        ErrorCode::kInternal,
        "libunicorn.a 2.0.1 has another layout than this build expects: use CMOS_UNICORN=plain");
  cpu_ = cpu;
  state_ = processor_state();
  if (!soft_tlb_.has_known_layout())
    return fail(
        ErrorCode::kInternal,
        "libunicorn.a 2.0.1 has another soft TLB than this build expects: use CMOS_UNICORN=plain");
  if (setup_.cpu.arch() == UC_ARCH_X86) {
    if (!has_known_x86_layout())
      return fail(ErrorCode::kInternal,
                  "libunicorn.a 2.0.1 has another x86 layout than this build expects: use "
                  "CMOS_UNICORN=plain");
    enable_x86_features();
  }
  return {};
}

/// uc_emu_start() without a write of the pc, which makes the first block leave at once, and without
/// timers and the cleaning up of removed hooks, of which there are none.
uc_err Tuned::resume() {
  field<std::uint64_t>(uc_, kUcEmulated) = 0;
  field<int>(uc_, kUcError) = UC_ERR_OK;
  field<int>(uc_, kUcNestedAccess) = 0;
  field<bool>(uc_, kUcDone) = false;
  field<bool>(uc_, kUcTimedOut) = false;
  field<bool>(uc_, kUcFirstBlock) = true;
  field<bool>(uc_, kUcStopRequest) = false;
  ++field<int>(uc_, kUcLevel);
  target_.resume(uc_);
  --field<int>(uc_, kUcLevel);
  field<bool>(uc_, kUcDone) = true;
  return static_cast<uc_err>(std::exchange(field<int>(uc_, kUcError), UC_ERR_OK));
}

uc_err Tuned::run(std::uint64_t /*from: where the processor stands*/) {
  const Current scope(this);
  access_from = 0;
  flushed_ = false;
  replaced_ = kNowhere;
  forget_exceptions();
  x87_pops = 0;
  misaligned_ = {};
  if (counting_) start_counting();
  const x86::Floats floats(setup_.cpu.arch() == UC_ARCH_X86 ? processor_state() : nullptr);
  const uc_err error = resume();
  if (counting_) hand_in_count();
  return error;
}

uc_err Tuned::map(std::uint64_t base, std::uint64_t size, std::uint32_t permissions, void* host) {
  const Current scope(this);
  return uc_mem_map_ptr(uc_, base, size, permissions, host);
}

void Tuned::unmap(std::uint64_t base, std::uint64_t size) {
  const Current scope(this);
  uc_mem_unmap(uc_, base, size);
}

void Tuned::forget_code(std::uint64_t base, std::uint64_t size) {
  const Current scope(this);
  uc_ctl_remove_cache(uc_, base, base + size);
}

}  // namespace cmos::emu::unicorn

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
#define CMOS_DECLARE_TARGET(suffix)                                                      \
  bool cpu_restore_state_##suffix(void*, std::uintptr_t, bool);                          \
  void vm_start_##suffix(uc_engine*);                                                    \
  void tlb_flush_page_##suffix(void*, guest_##suffix);                                   \
  void tlb_set_dirty_##suffix(void*, guest_##suffix);                                    \
  void tcg_func_start_##suffix(void*);                                                   \
  void cpu_loop_exit_##suffix(void*);                                                    \
  std::intptr_t tcg_const_i64_##suffix(void*, std::int64_t);                             \
  void* tcg_temp_new_internal_##suffix(void*, int, bool);                                \
  void tcg_temp_free_internal_##suffix(void*, void*);                                    \
  void tcg_gen_op3_##suffix(void*, int, std::uintptr_t, std::uintptr_t, std::uintptr_t); \
  void tcg_gen_brcondi_i64_##suffix(void*, int, std::intptr_t, std::int64_t, void*);     \
  void tcg_gen_setcondi_i64_##suffix(void*, int, std::intptr_t, std::intptr_t, std::int64_t);
CMOS_WRAP_EACH_TARGET(CMOS_DECLARE_TARGET)
// NOLINTEND(readability-inconsistent-declaration-parameter-name)

namespace cmos::emu::unicorn {
namespace {

template <auto kFunction, class Word>
void with_address(void* cpu, std::uint64_t address) {
  kFunction(cpu, static_cast<Word>(address));
}

#define CMOS_TARGET(suffix, soft_tlb)                                                        \
  Target {                                                                                   \
    cpu_restore_state_##suffix, vm_start_##suffix,                                           \
        with_address<tlb_flush_page_##suffix, guest_##suffix>,                               \
        with_address<tlb_set_dirty_##suffix, guest_##suffix>, tcg_func_start_##suffix,       \
        cpu_loop_exit_##suffix, tcg_const_i64_##suffix, tcg_temp_new_internal_##suffix,      \
        tcg_temp_free_internal_##suffix, tcg_gen_op3_##suffix, tcg_gen_brcondi_i64_##suffix, \
        tcg_gen_setcondi_i64_##suffix, kGuestPage, soft_tlb                                  \
  }

constexpr SoftTlbLayout kX86Tlb{-0x40, -0x570, 0x1b8, 3}, kArmTlb{-0xd0, -0x1510, 0x1b0, 12},
    kArm64Tlb{-0xd0, -0x1570, 0x1b8, 12};

}  // namespace

std::string_view engine_name() {
  return "unicorn 2.0.1 (tuned)";
}

Result<void> check_library() {
  const unsigned version = uc_version(nullptr, nullptr);
  if (version == kLibraryVersion) return {};
  return fail(
      ErrorCode::kUnsupported,
      fmt::format(
          "libunicorn.a is version {}.{}.{}, this build is tuned for 2.0.1 alone: build with "
          "CMOS_UNICORN=plain",
          version >> 24, version >> 16 & 0xff, version >> 8 & 0xff));
}

std::unique_ptr<Backend> make_backend(const BackendSetup& setup) {
  const unsigned word = setup.cpu.isa().cpu.pointer_bytes();
  switch (setup.cpu.arch()) {
    case UC_ARCH_ARM:
      return std::make_unique<Tuned>(setup, CMOS_TARGET(arm, kArmTlb), word);
    case UC_ARCH_ARM64:
      return std::make_unique<Tuned>(setup, CMOS_TARGET(aarch64, kArm64Tlb), word);
    default:
      return std::make_unique<Tuned>(setup, CMOS_TARGET(x86_64, kX86Tlb), word);
  }
}

}  // namespace cmos::emu::unicorn

#endif  // CMOS_UNICORN_TUNED

// The end of a process: its `abort` method (cpe 2.5, abi 2).
#include <fmt/format.h>

#include <vector>

#include "base/checked.h"
#include "runtime/process/process.h"

namespace cmos::runtime {
namespace {

/// Bytes below the stack pointer that the interrupted code may be using without having reserved
/// them (x86-64: 128).
constexpr std::uint64_t kRedZone = 256;
/// With less than this left on the stack the method starts at its top instead: after an overflow it
/// could not run at all.
constexpr std::uint64_t kStackNeeded = 16 * 1024;

std::vector<std::uint64_t> save_registers(const emu::Engine& engine) {
  std::vector<std::uint64_t> values;
  for (std::size_t i = 0; i < engine.isa().cpu.general().size(); ++i) {
    values.push_back(engine.read_register(static_cast<emu::RegisterIndex>(i)));
  }
  return values;
}

}  // namespace

const cpe::Symbol* Process::abort_method() const {
  for (const cpe::Symbol& symbol : file_.executable.symbols) {
    if (symbol.name == kAbortMethod) return &symbol;
  }
  return nullptr;
}

void Process::call_abort_method() {
  const cpe::Symbol* method = abort_method();
  if (method == nullptr) return;
  // Reports show the registers of the ending, so the method leaves no trace in them.
  const std::vector<std::uint64_t> saved = save_registers(*engine_);
  const bool was_thumb = engine_->thumb();
  kernel_->clear_end_request();
  engine_->clear_stop();
  if (inherited_.system != nullptr) inherited_.system->clear_stop();
  outcome_.abort_method = enter_abort_method(*method)
                              ? run_abort_method()
                              : AbortMethod{.ending = AbortMethod::Ending::kCutShort,
                                            .detail = "there is no stack for it"};
  for (std::size_t i = 0; i < saved.size(); ++i) {
    engine_->write_register(static_cast<emu::RegisterIndex>(i), saved[i]);
  }
  engine_->jump(saved[isa().cpu.pc] | (was_thumb ? 1u : 0u));
}

bool Process::enter_abort_method(const cpe::Symbol& method) {
  const arch::Cpu& cpu = isa().cpu;
  std::uint64_t sp = align_down(engine_->read_register(cpu.sp) - kRedZone, cpu.stack_alignment);
  if (!memory_.accessible(sp - kStackNeeded, kStackNeeded, emu::kRead | emu::kWrite))
    sp = loader::initial_stack_pointer(cpu, placement_);
  // Its return goes to the exit stub, whose exit call ends it: the program itself never continues.
  if (!loader::return_to_exit_stub(*engine_, memory_, placement_, sp)) return false;
  engine_->set_first_argument(static_cast<std::uint64_t>(exit_status(outcome_)));
  engine_->jump(placement_.image_base + method.offset);
  return true;
}

AbortMethod Process::run_abort_method() {
  using End = AbortMethod::Ending;
  const std::uint64_t end = engine_->instructions() + kAbortInstructions;
  while (engine_->instructions() < end) {
    const emu::Stop stop = engine_->run({.max_instructions = end - engine_->instructions()});
    if (stop.reason == emu::StopReason::kFault)
      return {.ending = End::kFaulted, .fault = stop.fault};
    if (stop.reason == emu::StopReason::kRequested) return {.ending = End::kStopped};
    if (stop.reason != emu::StopReason::kSyscall || serve(stop.syscall)) continue;
    switch (kernel_->end_request()) {
      case syscalls::EndRequest::kExit:
        return {};
      case syscalls::EndRequest::kOutputLimit:
        return {.ending = End::kCutShort,
                .detail = fmt::format("{} {}", kMaxOutputOption,
                                      size_text(limits_.max_output.value_or(0)))};
      case syscalls::EndRequest::kNone:
        return {.ending = End::kCutShort, .detail = "a call that --strict-abi forbids"};
      case syscalls::EndRequest::kOutputGone:
      case syscalls::EndRequest::kInterrupted:
        return {.ending = End::kStopped};
    }
  }
  return {.ending = End::kCutShort, .detail = fmt::format("{} instructions", kAbortInstructions)};
}

}  // namespace cmos::runtime

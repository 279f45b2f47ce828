// Counting. A hook of each block doubles the time of tight loops: we put a subtraction from the
// budget at the start of each block instead (translator_loop's operations), which is all that a
// budget costs.
#ifdef CMOS_UNICORN_TUNED

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "emu/unicorn/tuned/tuned.h"

namespace cmos::emu::unicorn {
namespace {

// tcg/tcg-opc.h, tcg/tcg.h
constexpr int kOpLoad32u = 71, kOpLoad64 = 73, kOpStore64 = 77, kOpAdd64 = 78, kOpSubtract64 = 79;
constexpr int kType64 = 1, kConditionLess = 2, kConditionEqual = 8;

}  // namespace

void Tuned::start_counting() {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  budget_ = static_cast<std::int64_t>(std::min(setup_.listener.budget(), kMost));
  counter_ = {.left = budget_, .current = &kNoBlock};
  budget_used_ = false;
}

void Tuned::hand_in_count() {
  const Block* last = counter_.current == &kNoBlock ? nullptr : counter_.current;
  const std::int64_t begun = last == nullptr ? 0 : last->instructions;
  setup_.listener.on_counted(static_cast<std::uint64_t>(budget_ - counter_.left - begun), last);
}

/// Emits, at the start of a block: left -= instructions; current = this block; leave when left < 0.
/// An iteration of a repeated instruction that follows another one is not counted again.
void Tuned::begin_block(std::uint64_t address) {
  if (translating_ == nullptr) return;
  void* context = field<void*>(uc_, kUcTcgContext);
  const auto as_argument = [context](std::intptr_t value) {
    return reinterpret_cast<std::uintptr_t>(context) + static_cast<std::uintptr_t>(value);
  };
  const auto new_value = [&] {
    return static_cast<std::intptr_t>(
        reinterpret_cast<std::uintptr_t>(target_.new_temporary(context, kType64, false)) -
        reinterpret_cast<std::uintptr_t>(context));
  };
  const std::intptr_t counter = target_.constant(
      context, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(&counter_)));
  const std::intptr_t block = target_.constant(
      context, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(translating_)));
  const std::intptr_t left = new_value(), other = new_value();
  const auto emit = [&](int operation, std::intptr_t a, std::intptr_t b, std::uintptr_t c) {
    target_.emit3(context, operation, as_argument(a), as_argument(b), c);
  };
  emit(kOpLoad64, left, counter, offsetof(Counter, left));
  emit(kOpLoad32u, other, block, offsetof(Block, instructions));
  emit(kOpSubtract64, left, left, as_argument(other));
  if (setup_.cpu.starts_with_repeat(address, setup_.memory)) {
    emit(kOpLoad64, other, counter, offsetof(Counter, current));
    emit(kOpLoad64, other, other, offsetof(Block, repeat));
    target_.set_if(context, kConditionEqual, other, other, static_cast<std::int64_t>(address));
    emit(kOpAdd64, left, left, as_argument(other));
  }
  emit(kOpStore64, left, counter, offsetof(Counter, left));
  emit(kOpStore64, block, counter, offsetof(Counter, current));
  target_.branch_if(context, kConditionLess, left, 0, field<void*>(context, kContextExitLabel));
  for (const std::intptr_t value : {counter, block, left, other})
    target_.free_temporary(context, reinterpret_cast<void*>(as_argument(value)));
}

/// After each block, or chain of blocks, that the execution loop entered.
void Tuned::after_block() {
  if (!counting_ || counter_.left >= 0) return;
  counter_.left += counter_.current->instructions;
  counter_.current = &kNoBlock;
  budget_used_ = true;
  field<bool>(cpu_, kCpuExitRequest) = true;
}

void Tuned::abandoned() {
  if (!counting_ || stepping_) return;
  hand_in_count();
  setup_.listener.on_abandoned();
  start_counting();
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
#define CMOS_WRAP(suffix)                                                                       \
  void __real_translator_loop_##suffix(const void*, void*, void*, void*, int);                  \
  void __wrap_translator_loop_##suffix(const void* operations, void* disassembly, void* cpu,    \
                                       void* block, int most) {                                 \
    /* TranslatorOps: the second of its functions runs at the start of a block, the fifth     \
       translates an instruction. */ \
    using Start = void (*)(void*, void*);                                                       \
    static thread_local Start original;                                                         \
    std::array<void*, 7> changed;                                                               \
    std::memcpy(changed.data(), operations, sizeof changed);                                    \
    static thread_local Start translate;                                                        \
    original = reinterpret_cast<Start>(changed[1]);                                             \
    translate = reinterpret_cast<Start>(changed[4]);                                            \
    changed[1] = reinterpret_cast<void*>(static_cast<Start>([](void* base, void* processor) {   \
      if (current != nullptr) current->begin_block(**static_cast<guest_##suffix**>(base));      \
      original(base, processor);                                                                \
    }));                                                                                        \
    changed[4] = reinterpret_cast<void*>(static_cast<Start>([](void* base, void* processor) {   \
      const bool is_x86 = current != nullptr && current->translates_x86();                      \
      if (is_x86) current->begin_instruction(base);                                             \
      if (current != nullptr && !is_x86)                                                        \
        current->begin_arm_instruction(next_pc<guest_##suffix>(base));                          \
      translate(base, processor);                                                               \
      if (is_x86) current->end_instruction();                                                   \
    }));                                                                                        \
    __real_translator_loop_##suffix(changed.data(), disassembly, cpu, block, most);             \
  }                                                                                             \
                                                                                                \
  void __real_tb_exec_unlock_##suffix(void*);                                                   \
  void __wrap_tb_exec_unlock_##suffix(void* context) {                                          \
    if (current != nullptr) current->after_block();                                             \
    __real_tb_exec_unlock_##suffix(context);                                                    \
  }                                                                                             \
                                                                                                \
  [[noreturn]] void __real_cpu_loop_exit_noexc_##suffix(void*);                                 \
  void __wrap_cpu_loop_exit_noexc_##suffix(void* cpu) {                                         \
    if (current != nullptr) current->abandoned();                                               \
    __real_cpu_loop_exit_noexc_##suffix(cpu);                                                   \
  }
CMOS_WRAP_EACH_TARGET(CMOS_WRAP)
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED

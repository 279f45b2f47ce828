// What engines have in common that execute one instruction after the other.
//
// `Self` executes one instruction in execute(), and says what ended it by fault(), memory_fault()
// or trap(). `State` is what the instruction may change beside memory; a fault takes all of it
// back, so that pc and registers are those before the instruction. What it stored stays stored.
// After the first fault of an instruction its further accesses do nothing: execute() need not look
// at each one, but a loop in it has to ask ended().
#pragma once

#include <atomic>
#include <utility>

#include "emu/engine.h"
#include "emu/interpreter/pages.h"

namespace cmos::emu {

template <class Self, class State>
class Interpreter : public Engine {
 public:
  /// `first` are what Self's constructor wants before memory and options.
  template <class... First>
  static Result<std::unique_ptr<Engine>> make(GuestMemory& memory, const EngineOptions& options,
                                              const First&... first) {
    std::unique_ptr<Self> engine(new Self(first..., memory, options));
    CMOS_TRY_VOID(memory.set_listener(&static_cast<Interpreter&>(*engine).pages_));
    return engine;
  }
  ~Interpreter() override { (void)memory_.set_listener(nullptr); }

  const Isa& isa() const override { return isa_; }

  const Stop& run(const RunLimits& limits) override {
    for (std::uint64_t left = limits.max_instructions; left > 0; --left)
      if (!one()) return last_;
    return budget();
  }
  const Stop& step() override { return one() ? budget() : last_; }

  void request_stop() noexcept override { stop_.store(true); }
  void clear_stop() noexcept override { stop_.store(false); }
  std::uint64_t instructions() const override { return counts_ ? executed_ : 0; }

 protected:
  Interpreter(const Isa& isa, GuestMemory& memory, const EngineOptions& options)
      : isa_(isa),
        memory_(memory),
        pages_(isa.cpu.address_bits),
        counts_(options.count_instructions) {}

  bool ended() const { return ended_; }

  /// The byte at an address, or nullptr when it was a fault, this or one before it.
  std::uint8_t* place(std::uint32_t address, Permission needed) {
    if (ended_) return nullptr;
    std::uint8_t* const found = pages_.at(address, needed);
    if (found == nullptr) memory_fault(FaultKind::kMemory, address, needed, 1);
    return found;
  }
  std::uint8_t read_byte(std::uint32_t address, Permission needed = kRead) {
    const std::uint8_t* const found = place(address, needed);
    return found == nullptr ? std::uint8_t{0} : *found;
  }
  void write_byte(std::uint32_t address, std::uint8_t value) {
    if (std::uint8_t* const found = place(address, kWrite)) *found = value;
  }

  void fault(FaultKind kind, std::string detail) {
    end({.reason = StopReason::kFault,
         .syscall = {},
         .fault = {.kind = kind, .pc = Self::pc_of(before_), .detail = std::move(detail)}});
  }
  void memory_fault(FaultKind kind, std::uint32_t address, Permission needed, std::uint32_t size) {
    end({.reason = StopReason::kFault,
         .syscall = {},
         .fault = {.kind = kind,
                   .pc = Self::pc_of(before_),
                   .access = needed == kExecute ? Access::kExecute
                             : needed == kWrite ? Access::kWrite
                                                : Access::kRead,
                   .address = address,
                   .size = size,
                   .detail = {}}});
  }
  /// A system call; pc is behind the trap instruction.
  void trap(std::uint64_t number, const std::array<std::uint64_t, 3>& arguments) {
    end({.reason = StopReason::kSyscall,
         .syscall = {.number = number, .arguments = arguments, .pc = Self::pc_of(before_)},
         .fault = {}});
  }

  State state_{};

 private:
  void end(Stop stop) {
    if (ended_) return;
    ended_ = true;
    last_ = std::move(stop);
  }

  bool one() {
    if (stop_.load(std::memory_order_relaxed)) {
      last_ = {};
      return false;
    }
    before_ = state_;
    ended_ = false;
    static_cast<Self*>(this)->execute();
    if (ended_ && last_.reason == StopReason::kFault) {
      state_ = before_;
      return false;
    }
    ++executed_;
    return !ended_;
  }

  const Stop& budget() {
    last_ = {.reason = StopReason::kBudget, .syscall = {}, .fault = {}};
    return last_;
  }

  const Isa& isa_;
  GuestMemory& memory_;
  Pages pages_;
  bool counts_;
  State before_{};  ///< when the instruction began
  bool ended_ = false;
  std::uint64_t executed_ = 0;
  std::atomic<bool> stop_{false};
  Stop last_;
};

}  // namespace cmos::emu

// Runs a Program: direct-threaded, counting instructions block by block, and one by one where a
// budget ends inside a block.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "emu/cbc/memory.h"
#include "emu/cbc/program.h"

namespace cmos::emu::cbc {

/// The detail of the fault of a call that found no room; its address is the engine's to say.
inline constexpr std::string_view kStackFull = "the stack is full";

class Interpreter {
 public:
  enum class Exit : std::uint8_t {
    kBudget,    ///< `left()` instructions are too few for what comes next, or 0
    kHost,      ///< a call of the host: `host_function()`, `arguments()`
    kFault,     ///< `fault()`
    kFinished,  ///< the first function returned: `result()`
  };

  /// `stack` bytes bound frames and calls.
  Interpreter(const Program& program, const GuestMemory& memory, std::uint64_t stack);

  /// Begins at a function, without callers.
  void start(std::size_t function, std::span<const std::uint64_t> arguments);
  /// At most `budget` instructions; exactly so many when `exact`.
  Exit run(std::uint64_t budget, bool exact);
  std::uint64_t left() const { return static_cast<std::uint64_t>(left_); }

  std::uint32_t host_function() const { return call_->function; }
  std::span<const std::uint64_t> arguments() const { return arguments_; }
  void set_host_result(std::uint64_t value);
  const Fault& fault() const { return fault_; }
  std::uint64_t result() const { return result_; }
  void memory_changed() { memory_.forget(); }

  /// Offset in the image of the instruction that comes next, or that faulted.
  std::uint32_t offset() const;
  /// The same of the call that the host is to serve.
  std::uint32_t call_offset() const;
  /// Bytes of the stack in use, and how many of them the callers have.
  std::uint64_t stack_used() const;
  std::uint64_t callers_used() const;
  /// Offsets of the instructions to which the callers go on, innermost first.
  std::vector<std::uint32_t> callers(std::size_t most) const;

 private:
  struct Frame {
    const Operation* back = nullptr;         ///< the call
    const std::uint16_t* results = nullptr;  ///< the caller's slots for what is returned
    std::uint32_t base = 0;                  ///< of its slots
    std::uint32_t function = 0;
  };

  /// What the loop keeps in the host's registers.
  struct Place {
    const Operation* pc;
    std::uint64_t* slots;
    Frame* frame;
  };

  template <bool kExact>
  Exit execute();
  bool enter(Place& at, const Call& call);
  bool make_frame(std::uint32_t function, std::uint32_t base, std::size_t depth);
  bool leave(Place& at, bool has_value);
  void host_call(const Operation& at, const std::uint64_t* slots);
  void trap(const Operation& at);
  void arithmetic_fault(std::string detail);
  void memory_fault(std::uint64_t address, std::uint32_t size, Access access);

  const Program& program_;
  MemoryView memory_;
  std::uint64_t stack_;
  std::vector<std::uint64_t> values_;
  std::vector<Frame> frames_;  ///< the first depth_ of them
  std::size_t depth_ = 0;
  const Operation* next_ = nullptr;
  std::uint64_t* slots_ = nullptr;
  std::int64_t left_ = 0;
  const Call* call_ = nullptr;
  std::vector<std::uint64_t> arguments_;
  Fault fault_;
  std::uint64_t result_ = 0;
};

}  // namespace cmos::emu::cbc

// Observers see what a process does and never steer it. With none attached, no event is built and
// no hook is installed.
#pragma once

#include <cstdint>
#include <optional>

#include "emu/engine.h"
#include "runtime/process/outcome.h"
#include "syscalls/table.h"

namespace cmos::runtime {

class Process;

struct SyscallEvent {
  std::uint64_t sequence = 0;  ///< from 1
  emu::SyscallRegisters registers;
  const syscalls::Row* row = nullptr;  ///< nullptr: no such call
  std::uint64_t result = 0;            ///< as the guest's register receives it; only on exit
  bool returns = true;                 ///< false: exit, or the process ended inside the call
};

class Observer {
 public:
  virtual ~Observer() = default;
  /// Whether on_instruction() is wanted: the process then single-steps.
  virtual bool wants_instructions() const { return false; }
  virtual void on_start(const Process&) {}
  virtual void on_instruction(const Process&, std::uint64_t /*pc*/) {}  ///< before it executes
  virtual void on_syscall_enter(const Process&, const SyscallEvent&) {
  }  ///< guest memory as the caller left it
  virtual void on_syscall_exit(const Process&, const SyscallEvent&) {
  }  ///< guest memory as the call left it
  virtual void on_end(const Process&, const Outcome&) {}
  /// From any thread or signal handler: the process is to end soon, so that nobody may wait for a
  /// reader that is stuck.
  virtual void on_stop_requested() noexcept {}
};

}  // namespace cmos::runtime

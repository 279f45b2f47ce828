// One guest process: load, feed input, run or step, inspect, outcome (abi 2). cmos-run, tests and
// embedding programs all use this class.
//
//   auto process = Process::load(bytes, "app.cpe", {});
//   (*process)->buffer()->feed("input\n");
//   const Outcome& outcome = (*process)->run();
//
// At every ending (exit, fault, limit, stop request) the mini-disk is flushed and its lock
// released; then the program's `abort` method, if its symbol table has one, is called with
// exit_status(outcome) in argument 1, for at most kAbortInstructions; nothing that it does changes
// the outcome's ending. A file that has the method is run with instructions counted, which is what
// makes that bound exact.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "emu/engine.h"
#include "emu/memory.h"
#include "formats/cpe/cpe.h"
#include "loader/flat.h"
#include "loader/loader.h"
#include "runtime/process/deadline.h"
#include "runtime/process/limits.h"
#include "runtime/process/observer.h"
#include "runtime/process/outcome.h"
#include "runtime/process/system.h"
#include "syscalls/buffer_console.h"
#include "syscalls/kernel.h"

namespace cmos::runtime {

inline constexpr std::string_view kAbortMethod = "abort";
inline constexpr std::uint64_t kAbortInstructions = 10'000'000;
inline constexpr std::string_view kMaxOutputOption = "--max-output";

class ProcessServices;

/// Everything borrowed here outlives the process.
struct ProcessOptions {
  const emu::EngineTable* engines = nullptr;  ///< nullptr: EngineTable::built_in()
  syscalls::Console* console = nullptr;       ///< nullptr: a BufferConsole of the process's own
  syscalls::Clock* clock = nullptr;           ///< nullptr: the host's
  syscalls::RandomSource* random = nullptr;   ///< nullptr: the host's
  /// Argument 0 included; empty: only program_path(file name).
  std::vector<std::string> arguments = {};
  std::vector<std::string> environment = {};  ///< NAME=VALUE; launched programs get it, too
  std::vector<Observer*> observers = {};      ///< called in this order
  Limits limits = {};
  cpe::ReadOptions read = {};       ///< for load() from bytes
  bool protect = true;              ///< false: one rwx image (--no-protect)
  bool strict_abi = false;          ///< a call outside the document ends the guest (--strict-abi)
  bool count_instructions = false;  ///< limits.max_instructions counts in any case
  /// false: the caller watches limits.timeout, and calls time_out() (a signal instead of a thread).
  bool own_deadline = true;
  /// Files, mini-disk, exec_cpe; nullptr: those calls answer NOSYS.
  System* system = nullptr;
  /// Where the program lies in the namespace; empty: program_path(file name).
  std::string path = {};
  /// The file's bytes, to tell programs of one name apart; nullptr: they are not.
  vfs::SharedBytes binary = {};
  Process* parent = nullptr;  ///< of a launched program
  /// What to load instead of the executable's own image, which then says ARCH and symbols alone.
  std::shared_ptr<const loader::FlatImage> flat = {};
};

/// `Cmos:\sys_apps\app` for "path/app.cpe": what a program sees as its own name (abi 5).
std::string program_path(std::string_view file);

class Process {
 public:
  /// Reads, checks and places a file. kMalformed, kUnsupported (version, no engine for the ARCH),
  /// kLimit (does not fit limits.memory), each with `file` as its name.
  static Result<std::unique_ptr<Process>> load(Bytes bytes, std::string_view file,
                                               ProcessOptions options);
  static Result<std::unique_ptr<Process>> load(cpe::ReadResult executable, std::string_view file,
                                               ProcessOptions options);

  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  /// Runs to the end, the abort method included. On a process that has ended: its outcome again.
  const Outcome& run();
  /// Executes one instruction, and serves the call when it is a trap. False when the process has
  /// ended.
  bool step();
  /// From any thread or signal handler: the process ends soon as kInterrupted, also while it waits
  /// in stdin.
  void request_stop(int signal = 2) noexcept;

  /// Likewise: the process ends soon as kLimit, of limits.timeout.
  void time_out() noexcept;

  bool ended() const { return finished_; }
  const Outcome& outcome() const { return outcome_; }

  /// The program that runs now: this one, or the one that it waits for. From any signal handler.
  const Process& innermost() const noexcept {
    const Process* const child = child_.load();
    return child != nullptr ? child->innermost() : *this;
  }

  const std::string& name() const { return name_; }  ///< of the file, as given to load()
  /// In the namespace, `Cmos:\sys_apps\app`.
  const std::string& path() const { return inherited_.path; }
  /// The owner of the mini-disk: the last name of path(), without `.cpe` outside `sys_apps`.
  std::string program_name() const;
  const vfs::SharedBytes& binary() const { return inherited_.binary; }
  /// 1, and from 2 for programs that it launched, in the order of their start.
  std::uint64_t number() const { return number_; }
  bool stop_requested() const { return stop_cause_.load() != 0; }
  const emu::Isa& isa() const { return engine_->isa(); }
  const emu::Engine& engine() const { return *engine_; }
  emu::Engine& engine() { return *engine_; }
  const emu::GuestMemory& memory() const { return memory_; }
  emu::GuestMemory& memory() { return memory_; }
  const syscalls::Kernel& kernel() const { return *kernel_; }
  const cpe::ReadResult& file() const { return file_; }
  const loader::Placement& placement() const { return placement_; }
  const Limits& limits() const { return limits_; }
  /// The process's own console; nullptr when ProcessOptions::console was given.
  syscalls::BufferConsole* buffer() { return own_console_.get(); }

  /// Nothing when the ISA has no register of this name.
  std::optional<std::uint64_t> read_register(std::string_view name) const;
  bool write_register(std::string_view name, std::uint64_t value);

  /// The last calls up to the ending, oldest first, at most kRecentSyscalls.
  std::vector<SyscallEvent> recent_syscalls() const;
  static constexpr std::size_t kRecentSyscalls = 8;
  /// Calls so far, those of the abort method included.
  std::uint64_t syscalls() const { return sequence_; }
  /// Instructions so far; nothing when they are not counted.
  std::optional<std::uint64_t> instructions() const;

 private:
  Process(cpe::ReadResult file, std::string_view name, const emu::Isa& isa, ProcessOptions options);
  Result<void> prepare(const emu::EngineRow& row, ProcessOptions options);

  void begin();
  void finish();
  void run_plain();
  void run_stepping();
  void handle(const emu::Stop& stop);
  bool serve(const emu::SyscallRegisters& registers);
  void end_by_call(const emu::SyscallRegisters& registers, const syscalls::Row* row);
  void end_by_fault(const emu::Fault& fault);
  void end_by_limit(std::string_view option, std::string_view value);
  void end_by_stop();
  bool over_budget();
  std::uint64_t budget_left() const;
  std::uint64_t used_instructions() const;
  void stop(int cause) noexcept;

  friend class ProcessServices;
  Result<std::unique_ptr<Process>> make_child(const vfs::Path& path, const vfs::SharedBytes& binary,
                                              std::vector<std::string> arguments);
  syscalls::CallResult run_child(Process& child);

  void call_abort_method();
  bool enter_abort_method(const cpe::Symbol& method);
  AbortMethod run_abort_method();
  const cpe::Symbol* abort_method() const;

  const std::string name_;
  const cpe::ReadResult file_;
  const Limits limits_;
  std::vector<Observer*> observers_;
  bool strict_abi_;
  bool counts_ = false;  ///< the user asked for the count
  bool step_instructions_ = false;

  ProcessOptions inherited_;  ///< what a launched program gets, and what names this one
  std::uint64_t number_ = 1;
  std::vector<std::uint64_t> ancestors_;

  std::unique_ptr<syscalls::BufferConsole> own_console_;
  syscalls::Console* console_;
  emu::GuestMemory memory_;
  std::unique_ptr<emu::Engine> engine_;
  std::unique_ptr<syscalls::ProgramInfo> program_info_;
  std::unique_ptr<ProcessServices> services_;
  std::unique_ptr<syscalls::Kernel> kernel_;
  std::shared_ptr<const loader::FlatImage> flat_;
  loader::Placement placement_;
  std::uint64_t word_mask_;

  bool begun_ = false;
  bool finished_ = false;
  Outcome outcome_;
  std::uint64_t sequence_ = 0;
  std::array<SyscallEvent, kRecentSyscalls> recent_{};
  SyscallEvent late_;
  std::uint64_t spent_ = 0;  ///< of max_instructions, by the programs that this one waits for or
                             ///< launched
  std::atomic<Process*> child_{nullptr};  ///< running inside a call of this one
  std::atomic<int> stopping_{0};          ///< calls of stop() that may be using child_
  std::atomic<int> stop_cause_{0};        ///< 0 = none, a signal number, or kTimeoutCause
  std::unique_ptr<Deadline> deadline_;    ///< last: its thread calls stop()
};

}  // namespace cmos::runtime

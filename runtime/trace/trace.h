// --trace: what a process does, one line per system call as strace prints it, or JSON Lines
// (docs/trace.schema.json), and with `insn` every instruction in between. The same run gives the
// same bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/process/observer.h"
#include "runtime/report/symbols.h"
#include "runtime/trace/trace_call.h"
#include "runtime/trace/trace_filter.h"
#include "runtime/trace/trace_instruction.h"
#include "runtime/trace/trace_output.h"
#include "runtime/trace/trace_summary.h"

namespace cmos::runtime {

enum class TraceFormat : std::uint8_t { kText, kJson };

struct TraceOptions {
  TraceFilter filter;
  TraceFormat format = TraceFormat::kText;
  CaptureOptions capture;  ///< show_times also adds the seconds since the start to each line
  bool lines = true;       ///< a line for each event
  bool summary = false;    ///< a table of the calls at the end
  /// Text: each call has a line of its own. Else one line tells of the bytes that one place reads
  /// from stdin, one behind the other.
  bool each_byte = false;
};

/// The trace of a process and of those that it launches, told event by event: events are about the
/// process started last that has not ended.
class Tracer {
 public:
  Tracer(TraceOptions options, TraceOutput output);

  /// What the events are about. All but `symbols` are borrowed until end().
  void start(const emu::Isa& isa, const emu::GuestMemory& memory, const emu::Engine& engine,
             SymbolIndex symbols);
  /// The same for a launched process: its lines begin with `[number]`, the first one names it.
  void start_child(std::uint64_t number, std::string_view path, const emu::Isa& isa,
                   const emu::GuestMemory& memory, const emu::Engine& engine, SymbolIndex symbols);
  void instruction(std::uint64_t pc);
  void enter(const SyscallEvent& event);
  void exit(const SyscallEvent& event);
  /// Writes what is still open (`= ?`), how it ended, and flushes.
  void end(const Outcome& outcome);

  /// Adds source lines to the callers of the first process. Borrowed; nullptr: none.
  void show_lines(symbolize::Lookup* lookup) { lookup_ = lookup; }

  const TraceOptions& options() const { return options_; }
  /// From any thread or signal handler: from now on nobody waits for a reader that is stuck.
  void hurry() noexcept { output_.hurry(); }
  /// The first failure to write, for the caller to report when the process has ended.
  const std::optional<Error>& error() const { return output_.error(); }

 private:
  /// One process.
  struct Target {
    /// Bytes that one place has read from stdin, of which no line was written yet.
    struct Input {
      CapturedCall first = {};
      std::vector<std::uint8_t> head = {};  ///< at most CaptureOptions::string_size
      std::uint64_t total = 0;
      double time = 0;
    };

    const emu::Isa& isa;
    const emu::GuestMemory& memory;
    const emu::Engine& engine;
    SymbolIndex symbols;
    InstructionTracer instructions;
    std::uint64_t number = 1;
    CapturedCall call = {};
    bool open = false;  ///< call was entered and not written yet
    double call_time = 0;
    std::uint64_t call_instructions = 0;
    std::chrono::steady_clock::time_point entered = {};  ///< only for a summary
    Input input = {};
  };
  bool json() const { return options_.format == TraceFormat::kJson; }
  TraceContext context() const;
  double seconds() const;
  void write_head(std::string_view event, double when, std::uint64_t instructions);
  void write_call();
  bool join_input();
  void write_end(const Outcome& outcome);
  void write_input();
  void write_summary();
  void write_instruction(const InstructionStep* step);

  TraceOptions options_;
  TraceOutput output_;
  symbolize::Lookup* lookup_ = nullptr;
  std::vector<std::unique_ptr<Target>> waiting_;  ///< for the end of the one that they launched
  std::unique_ptr<Target> target_;
  std::chrono::steady_clock::time_point started_;
  TraceSummary summary_;
};

/// A Tracer that listens to a Process.
class TraceObserver : public Observer {
 public:
  TraceObserver(TraceOptions options, TraceOutput output)
      : tracer_(std::move(options), std::move(output)) {}

  bool wants_instructions() const override { return tracer_.options().filter.instructions(); }
  void on_start(const Process& process) override;
  void on_instruction(const Process&, std::uint64_t pc) override { tracer_.instruction(pc); }
  void on_syscall_enter(const Process&, const SyscallEvent& event) override {
    tracer_.enter(event);
  }
  void on_syscall_exit(const Process&, const SyscallEvent& event) override { tracer_.exit(event); }
  void on_end(const Process&, const Outcome& outcome) override { tracer_.end(outcome); }
  void on_stop_requested() noexcept override { tracer_.hurry(); }

  void show_lines(symbolize::Lookup* lookup) { tracer_.show_lines(lookup); }
  const std::optional<Error>& error() const { return tracer_.error(); }

 private:
  Tracer tracer_;
};

}  // namespace cmos::runtime

// `--expect-trace`: a run as lines that another layout of the same program does not change, for
// comparison with a golden trace (runtime/trace/expect_trace_file.h). Addresses in the image are
// shown as symbol+offset, `<const>` where no symbol names them, others as `<heap+0x10>` or
// `<stack>`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/process/observer.h"
#include "runtime/report/symbols.h"
#include "runtime/trace/trace_call.h"
#include "runtime/trace/trace_text.h"

namespace cmos::runtime {

/// Hands each line, without line end, to a function: calls when they have returned, the start of
/// launched programs and how each one ended, in the order in which `--trace` prints them.
class ExpectTraceObserver : public Observer {
 public:
  using Sink = std::function<void(std::string_view line)>;
  explicit ExpectTraceObserver(Sink sink) : sink_(std::move(sink)) {}

  void on_start(const Process& process) override;
  void on_syscall_enter(const Process& process, const SyscallEvent& event) override;
  void on_syscall_exit(const Process& process, const SyscallEvent& event) override;
  void on_end(const Process& process, const Outcome& outcome) override;

 private:
  class Addresses;
  struct Target;
  void write(std::string_view text);
  void write_call(const Process& process);

  Sink sink_;
  std::vector<std::shared_ptr<Target>> targets_;  ///< the process that runs is the last
};

}  // namespace cmos::runtime

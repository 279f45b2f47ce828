// --trace-summary: how often each system call was made, how often it failed, and what it cost.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/trace/trace_call.h"

namespace cmos::runtime {

class TraceSummary {
 public:
  struct Line {
    std::string name;
    std::uint64_t calls = 0;
    std::uint64_t errors = 0;
    double seconds = 0;  ///< of the host's time; that of exec_cpe has the launched program in it
  };

  /// `spent` is 0 for a call that did not return.
  void add(const CapturedCall& call, std::chrono::steady_clock::duration spent);
  /// The dearest first; of equal ones by their names.
  std::vector<Line> lines() const;

 private:
  std::map<std::uint64_t, Line> lines_;  ///< by the call's number
};

/// The table that strace -c prints.
void append_summary_text(fmt::memory_buffer& out, const std::vector<TraceSummary::Line>& lines);
/// `"calls":[…]`.
void append_summary_json(fmt::memory_buffer& out, const std::vector<TraceSummary::Line>& lines);

}  // namespace cmos::runtime

// The --trace options, and the observer that they ask for.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/trace/trace.h"

namespace cmos::run {

struct TraceArguments {
  bool wanted = false;
  std::string filter;
  std::vector<std::string> lists;  ///< the same by -e
  std::string format = "text";
  std::string file;                                                   ///< empty = stderr
  std::uint64_t string_size = runtime::CaptureOptions().string_size;  ///< bytes shown of a string
  bool time = false;
  bool lines = false;
  bool follow = false;  ///< as it is in any case
  bool raw = false;
  bool summary = false;  ///< only a table at the end
  bool lines_and_summary = false;

  /// JSON lines carry instruction counts.
  bool needs_instruction_count() const { return wanted && format == "json"; }
};

void declare_trace_options(CLI::App& app, TraceArguments& trace);
/// After parsing: any of the options means that a trace is wanted.
void complete_trace_options(const CLI::App& app, TraceArguments& trace);

/// nullptr when no trace is wanted. kUsage for a bad filter, kHostIo when the file cannot be made.
Result<std::unique_ptr<runtime::TraceObserver>> make_trace(const TraceArguments& trace);

}  // namespace cmos::run

// --expect-trace and --bless.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/report/report.h"
#include "runtime/trace/expect_trace.h"
#include "runtime/trace/expect_trace_compare.h"

namespace cmos::run {

struct ExpectTraceArguments {
  std::string file;  ///< empty = none
  bool bless = false;
};

void declare_expect_trace_options(CLI::App& app, ExpectTraceArguments& arguments);

/// A golden trace, and the run that is compared with it.
class TraceExpectation {
 public:
  /// nullptr when none is wanted. kUsage when the file cannot be used.
  static Result<std::unique_ptr<TraceExpectation>> make(const ExpectTraceArguments& arguments);
  TraceExpectation(const TraceExpectation&) = delete;
  TraceExpectation& operator=(const TraceExpectation&) = delete;

  runtime::Observer& observer() { return observer_; }
  /// After the run: says on stderr what differs, or writes the file and says what changed in it.
  /// kHostIo when `write` cannot.
  using Write = std::function<Result<void>(Bytes content)>;
  Result<runtime::ReportTrace> finish(const runtime::Outcome& outcome, bool quiet,
                                      const Write& write);

 private:
  TraceExpectation(const ExpectTraceArguments& arguments,
                   std::optional<runtime::ExpectedTrace> expected);
  Result<runtime::ReportTrace> bless(bool quiet, const Write& write);

  ExpectTraceArguments arguments_;
  bool exists_;
  runtime::ExpectedTrace expected_;
  runtime::TraceComparison comparison_;
  std::vector<std::string> lines_;  ///< of the run; only to bless
  runtime::ExpectTraceObserver observer_;
};

}  // namespace cmos::run

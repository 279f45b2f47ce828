#include "tools/cmos-run/expect_trace_options.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "base/host_file.h"
#include "base/text.h"
#include "tools/common/diagnostics.h"

namespace cmos::run {
namespace {

using runtime::ReportTrace;
using runtime::TraceDifference;

constexpr std::uint64_t kMaxFile = 256 << 20;

std::string difference_text(const std::string& file, const TraceDifference& difference) {
  std::string text = fmt::format("{}:{}: the trace differs at line {} of the run", file,
                                 difference.expected_line, difference.found_line);
  if (difference.expected.empty()) {
    text += ": the file ends here";
  } else if (difference.found.empty()) {
    text += ": the run ended";
  } else if (!difference.what.empty()) {
    text += ": " + difference.what;
  }
  return text;
}

void print_context(const TraceDifference& difference) {
  const std::string text = "  - expected, + found\n" + presentable_lines(difference.context);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

std::string lines_text(std::size_t count) {
  return fmt::format("{} line{}", count, count == 1 ? "" : "s");
}

}  // namespace

void declare_expect_trace_options(CLI::App& app, ExpectTraceArguments& arguments) {
  const std::string group = "Trace";
  app.add_option("--expect-trace", arguments.file,
                 "Compare the system calls with this file; exit status 123 when they differ")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--bless", arguments.bless, "Write that file instead, and say what changed in it")
      ->group(group);
}

Result<std::unique_ptr<TraceExpectation>> TraceExpectation::make(
    const ExpectTraceArguments& arguments) {
  if (arguments.file.empty()) {
    if (!arguments.bless) return std::unique_ptr<TraceExpectation>();
    return fail(ErrorCode::kUsage, "--bless writes the file of --expect-trace, which is not given");
  }
  const auto unusable = [](Error error) {
    error.code = ErrorCode::kUsage;  // it is not about the program
    return fail(std::move(error));
  };
  auto data = read_host_file(arguments.file, kMaxFile);
  if (!data) {
    Error error = std::move(data).error();
    if (error.code != ErrorCode::kNotFound) return unusable(std::move(error));
    if (arguments.bless) {
      return std::unique_ptr<TraceExpectation>(new TraceExpectation(arguments, std::nullopt));
    }
    error.message += "; --bless writes it";
    return unusable(std::move(error));
  }
  auto expected = runtime::parse_expected_trace(*data, arguments.file);
  if (!expected) return unusable(std::move(expected).error());
  return std::unique_ptr<TraceExpectation>(new TraceExpectation(arguments, std::move(*expected)));
}

TraceExpectation::TraceExpectation(const ExpectTraceArguments& arguments,
                                   std::optional<runtime::ExpectedTrace> expected)
    : arguments_(arguments),
      exists_(expected.has_value()),
      expected_(exists_
                    ? std::move(*expected)
                    : runtime::ExpectedTrace{.file = arguments.file, .lines = {}, .comments = {}}),
      comparison_(expected_),
      observer_([this](std::string_view line) {
        comparison_.add(line);
        if (arguments_.bless) lines_.emplace_back(line);
      }) {}

Result<ReportTrace> TraceExpectation::finish(const runtime::Outcome& outcome, bool quiet,
                                             const Write& write) {
  if (arguments_.bless && outcome.ending != runtime::Ending::kInterrupted)
    return bless(quiet, write);
  if (arguments_.bless) {
    tools::warn(arguments_.file + ": not written, since the run was interrupted");
    return ReportTrace{arguments_.file, ReportTrace::Result::kUnchanged, std::nullopt};
  }
  auto difference = comparison_.finish();
  if (!difference) return ReportTrace{arguments_.file, ReportTrace::Result::kSame, std::nullopt};
  tools::complain(difference_text(arguments_.file, *difference));
  print_context(*difference);
  return ReportTrace{arguments_.file, ReportTrace::Result::kDifferent, std::move(difference)};
}

Result<ReportTrace> TraceExpectation::bless(bool quiet, const Write& write) {
  const runtime::BlessedTrace blessed = runtime::bless_trace(expected_, lines_);
  if (exists_ && !blessed.changed()) {
    if (!quiet) tools::complain(arguments_.file + ": unchanged");
    return ReportTrace{arguments_.file, ReportTrace::Result::kUnchanged, std::nullopt};
  }
  CMOS_TRY_VOID(write(as_bytes(runtime::expected_trace_text(blessed.trace))));
  const ReportTrace written{arguments_.file, ReportTrace::Result::kWritten, std::nullopt};
  if (quiet) return written;
  if (!exists_) {
    tools::complain(fmt::format("{}: written, {}", arguments_.file, lines_text(blessed.added)));
    return written;
  }
  tools::complain(
      fmt::format("{}: written: {} kept, {} added, {} removed; the first change:", arguments_.file,
                  lines_text(blessed.kept), blessed.added, blessed.removed));
  if (const auto difference = comparison_.finish()) print_context(*difference);
  return written;
}

}  // namespace cmos::run

#include "tools/cmos-run/trace_options.h"

#include <utility>

#include "tools/common/command_line.h"

namespace cmos::run {

void declare_trace_options(CLI::App& app, TraceArguments& trace) {
  const std::string group = "Trace";
  app.add_option("--trace", trace.filter,
                 "Print each system call to stderr. FILTER: names of calls or categories, "
                 "separated by commas, "
                 "'!' in front leaves one out; insn adds each instruction")
      ->expected(0, 1)
      ->type_name("[=FILTER]")
      ->group(group);
  app.add_option("--trace-format", trace.format, "How the trace is written (default: text)")
      ->check(tools::one_of({"text", "json"}))
      ->type_name("text|json")
      ->group(group);
  app.add_option("-e", trace.lists,
                 "The filter as strace takes it, in a word of its own: [trace=]FILTER; repeatable")
      ->take_all()
      ->expected(1)
      ->type_name("FILTER")
      ->group(group);
  app.add_flag("-f", trace.follow, "Taken as strace's: launched programs are traced in any case")
      ->group(group);
  app.add_flag("-c,--trace-summary", trace.summary,
               "At the end a table of calls, errors and times instead of the lines")
      ->group(group);
  app.add_flag("-C,--trace-and-summary", trace.lines_and_summary, "The lines, then that table")
      ->group(group);
  app.add_option("-o,--trace-file", trace.file, "Write the trace to this file instead of stderr")
      ->type_name("FILE")
      ->group(group);
  app.add_option("-s,--trace-string-size", trace.string_size,
                 "Bytes that the trace shows of a string (default: 32)")
      ->type_name("N")
      ->group(group);
  app.add_flag("--trace-time", trace.time,
               "Show times, and what the clock and the random source returned; without it the same "
               "run gives the same "
               "trace")
      ->group(group);
  app.add_flag("--trace-raw", trace.raw,
               "A line for each call; else bytes that one place reads from stdin are one line")
      ->group(group);
  app.add_flag("--trace-lines", trace.lines,
               "Show the source line of each caller, when there is debug information")
      ->group(group);
}

void complete_trace_options(const CLI::App& app, TraceArguments& trace) {
  for (const char* option :
       {"--trace", "--trace-format", "--trace-file", "--trace-string-size", "--trace-time",
        "--trace-lines", "--trace-raw", "--trace-summary", "--trace-and-summary", "-e"}) {
    trace.wanted = trace.wanted || app.count(option) > 0;
  }
}

namespace {

/// What --trace and each -e say, as one list.
std::string filter_of(const TraceArguments& trace) {
  std::string out = trace.filter;
  for (const std::string& one : trace.lists) {
    constexpr std::string_view kQualifier = "trace=";
    if (!out.empty()) out += ',';
    out += one.starts_with(kQualifier) ? one.substr(kQualifier.size()) : one;
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<runtime::TraceObserver>> make_trace(const TraceArguments& trace) {
  if (!trace.wanted) return std::unique_ptr<runtime::TraceObserver>();
  runtime::TraceOptions options;
  const std::string list = filter_of(trace);
  if (!list.empty()) {
    CMOS_TRY(options.filter, runtime::TraceFilter::parse(list));
  }
  options.summary = trace.summary || trace.lines_and_summary;
  options.lines = !trace.summary || trace.lines_and_summary;
  options.each_byte = trace.raw;
  options.format =
      trace.format == "json" ? runtime::TraceFormat::kJson : runtime::TraceFormat::kText;
  options.capture.show_times = trace.time;
  options.capture.string_size = static_cast<std::size_t>(trace.string_size);
  if (trace.file.empty()) {
    return std::make_unique<runtime::TraceObserver>(std::move(options),
                                                    runtime::TraceOutput::standard_error());
  }
  CMOS_TRY(runtime::TraceOutput output, runtime::TraceOutput::file(trace.file));
  return std::make_unique<runtime::TraceObserver>(std::move(options), std::move(output));
}

}  // namespace cmos::run

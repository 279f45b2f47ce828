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
  app.add_option("--trace-file", trace.file, "Write the trace to this file instead of stderr")
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
  app.add_flag("--trace-lines", trace.lines,
               "Show the source line of each caller, when there is debug information")
      ->group(group);
}

void complete_trace_options(const CLI::App& app, TraceArguments& trace) {
  for (const char* option : {"--trace", "--trace-format", "--trace-file", "--trace-string-size",
                             "--trace-time", "--trace-lines"}) {
    trace.wanted = trace.wanted || app.count(option) > 0;
  }
}

Result<std::unique_ptr<runtime::TraceObserver>> make_trace(const TraceArguments& trace) {
  if (!trace.wanted) return std::unique_ptr<runtime::TraceObserver>();
  runtime::TraceOptions options;
  if (!trace.filter.empty()) {
    CMOS_TRY(options.filter, runtime::TraceFilter::parse(trace.filter));
  }
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

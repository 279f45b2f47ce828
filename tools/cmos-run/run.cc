#include "tools/cmos-run/run.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "base/host_file.h"
#include "runtime/process.h"
#include "runtime/report.h"
#include "tools/cmos-run/stop_signals.h"
#include "tools/cmos-run/wrong_file.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"

namespace cmos::run {
namespace {

/// More than fits between the load address and the stack is no CPE; a bound keeps an endless pipe
/// out of memory.
constexpr std::uint64_t kMaxFile = 2ull << 30;

Result<std::vector<std::uint8_t>> read_program(const std::string& path) {
  struct stat info {};
  const bool device =
      ::stat(path.c_str(), &info) == 0 && (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode));
  if (device)
    return fail(Error{
        .code = ErrorCode::kUnreadable, .file = path, .message = "this is a device, not a file"});
  return read_host_file(path, kMaxFile);
}

struct Observers {
  std::unique_ptr<runtime::TraceObserver> trace;
};

Result<std::unique_ptr<runtime::Process>> load(const Options& options, syscalls::Console& console,
                                               const Observers& observers) {
  CMOS_TRY(const std::vector<std::uint8_t> bytes, read_program(options.file));
  auto file = cpe::read(bytes, options.file, options.read);
  if (!file) return fail(with_hint(std::move(file).error(), bytes));
  runtime::ProcessOptions process{
      .console = &console, .limits = options.limits, .read = options.read};
  process.arguments.push_back(runtime::program_path(options.file));
  process.arguments.insert(process.arguments.end(), options.arguments.begin(),
                           options.arguments.end());
  if (observers.trace != nullptr) process.observers.push_back(observers.trace.get());
  process.protect = options.protect;
  process.strict_abi = options.strict_abi;
  process.count_instructions = options.trace.needs_instruction_count() || !options.report.empty();
  return runtime::Process::load(std::move(*file), options.file, std::move(process));
}

void print_warnings(const runtime::Process& process) {
  for (const Finding& finding : process.file().findings) {
    if (finding.severity == Severity::kWarning) tools::warn(finding.where.text());
  }
}

int complain(const Error& error) {
  tools::complain(error.text());
  return tools::runner_status(error.code);
}

/// What the host refused to take while the guest ran; the status stays when it took everything.
int check_outputs(const runtime::HostConsole& console, const Observers& observers, int status) {
  // A reader that went away had enough; the guest was told (CPE_ERROR_IO) and its own status
  // stands.
  const int failed = console.write_error();
  if (failed != 0 && failed != EPIPE && failed != EINTR) {
    status = complain(
        {.code = ErrorCode::kHostIo, .file = "standard output", .message = std::strerror(failed)});
  }
  if (observers.trace != nullptr && observers.trace->error())
    status = complain(*observers.trace->error());
  return status;
}

int refuse(const Options& options, const Error& error) {
  const int status = complain(error);
  if (options.report.empty()) return status;
  if (auto written = runtime::write_error_report(options.report, options.file, error, status);
      !written) {
    return complain(written.error());
  }
  return status;
}

}  // namespace

int run(const Options& options) {
  Observers observers;
  if (auto trace = make_trace(options.trace); trace) {
    observers.trace = std::move(*trace);
  } else {
    return complain(trace.error());
  }
  runtime::HostConsole console(options.colour);
  auto loaded = load(options, console, observers);
  if (!loaded) return refuse(options, loaded.error());
  // Not destroyed: the host takes everything back faster than the engine can be torn down.
  runtime::Process& process = *loaded->release();
  if (!options.quiet) print_warnings(process);
  {
    const StopSignals signals(process);
    process.run();
    console.close();
  }
  int status = runtime::exit_status(process.outcome());
  if (process.outcome().ending != runtime::Ending::kExited) {
    const std::string report = "cmos-run: " + runtime::report_text(runtime::make_report(process));
    std::fwrite(report.data(), 1, report.size(), stderr);
  }
  status = check_outputs(console, observers, status);
  if (options.report.empty()) return status;
  if (auto written = runtime::write_report(options.report, process); !written)
    return complain(written.error());
  return status;
}

}  // namespace cmos::run

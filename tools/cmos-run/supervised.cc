#include "tools/cmos-run/supervised.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "runtime/report/report.h"
#include "runtime/supervisor/death.h"
#include "runtime/supervisor/supervisor.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"

namespace cmos::run {
namespace {

/// What a run may take to end when its time is over: its mini-disk is written, its output and its
/// report are handed over.
constexpr double kGraceSeconds = 10;

int tell(const Error& error, const Result<void>& written, int status) {
  tools::complain(error.text());
  if (written) return status;
  tools::complain(written.error().text());
  return tools::runner_status(written.error().code);
}

int tell_failure(const Options& options, const runtime::Death& death,
                 const runtime::BlackBox& box) {
  const Error error = runtime::describe(death, box).in_file(options.file);
  const int status = tools::runner_status(error.code);
  const auto written = options.report.empty() ? Result<void>()
                                              : runtime::write_error_report(
                                                    options.report, options.file, error, status);
  return tell(error, written, status);
}

int tell_timeout(const Options& options) {
  const std::string limit = fmt::format("--timeout {}", options.limits.timeout.value_or(0));
  const Error error{
      .code = ErrorCode::kLimit,
      .file = options.file,
      .message = fmt::format("limit {} reached in a host call that does not end", limit)};
  const auto written = options.report.empty()
                           ? Result<void>()
                           : runtime::write_limit_report(options.report, options.file, limit,
                                                         error.message, tools::kLimitReached);
  return tell(error, written, tools::kLimitReached);
}

}  // namespace

int run_supervised(const Options& options,
                   const std::function<int(runtime::BlackBox* box)>& guest) {
  if (!options.supervise) return guest(nullptr);
  runtime::BlackBox* const box = runtime::BlackBox::create();
  if (box == nullptr) return guest(nullptr);
  runtime::Supervision supervision{
      .guest = [&] { return guest(box); },
      .died =
          [&](const runtime::Death& death, const runtime::BlackBox& last) {
            return death.out_of_time ? tell_timeout(options) : tell_failure(options, death, last);
          }};
  if (options.limits.timeout) supervision.patience = *options.limits.timeout + kGraceSeconds;
  if (const auto status = runtime::supervise(*box, supervision)) return *status;
  const int refused = errno;
  tools::warn(fmt::format("the host starts no process for the emulator ({}): it runs in this one",
                          std::strerror(refused)));
  return guest(nullptr);
}

}  // namespace cmos::run

#include "tools/cmos-run/supervised.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/report/report.h"
#include "runtime/supervisor/death.h"
#include "runtime/supervisor/supervisor.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "vfs/root_hold.h"

namespace cmos::run {
namespace {

/// What a run may take to end when its time is over: its mini-disk is written, its output and its
/// report are handed over.
constexpr double kGraceSeconds = 10;

int tell(const Error& error, const Result<void>& written, int status) {
  tools::complain(error);
  if (written) return status;
  tools::complain(written.error());
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

/// What the guest's process needs around it once it is confined, and cannot make then.
struct Surroundings {
  Options options;  ///< of the guest's process
  std::unique_ptr<vfs::ScratchFolder> scratch = {};
  std::unique_ptr<vfs::RootHold> root = {};
  int guest_socket = -1, helper_socket = -1;
};

const char* environment(const char* name) {
  return std::getenv(name);
}

/// What cannot be made here fails in the guest's process, where it is told.
void prepare_folders(Surroundings& around) {
  using Kind = vfs::OverlayChoice::Kind;
  auto& overlay = around.options.overlay;
  if (overlay.kind == Kind::kDiscard) {
    auto made = vfs::ScratchFolder::create(vfs::scratch_location(environment));
    if (!made) return;
    around.scratch = std::move(*made);
    overlay = {.kind = Kind::kKeep, .folder = around.scratch->path()};
  } else if (overlay.kind == Kind::kKeep) {
    around.root = std::make_unique<vfs::RootHold>(overlay.folder);
  } else if (const auto root = vfs::choose_root(around.options.root, environment)) {
    around.root = std::make_unique<vfs::RootHold>(*root);
  }
}

/// Nothing when the host refuses the sockets.
std::optional<Surroundings> prepare(const Options& options) {
  Surroundings around{.options = options};
  if (options.sandbox == Options::Sandbox::kOff) return around;
  std::array<int, 2> both{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both.data()) != 0) return std::nullopt;
  around.guest_socket = both[0];
  around.helper_socket = both[1];
  prepare_folders(around);
  return around;
}

int run_guest(const Guest& guest, const Surroundings& around, runtime::BlackBox* box) {
  runtime::Outside outside(around.guest_socket);
  const bool confined = around.guest_socket >= 0;
  return guest(around.options, {.box = box, .outside = confined ? &outside : nullptr});
}

std::optional<runtime::SupervisedEnd> supervise(const Options& options, const Guest& guest) {
  runtime::BlackBox* const box = runtime::BlackBox::create();
  const auto around = box != nullptr ? prepare(options) : std::nullopt;
  if (!around) return std::nullopt;
  runtime::Supervision supervision{
      .guest = [&] { return run_guest(guest, *around, box); },
      .died =
          [&](const runtime::Death& death, const runtime::BlackBox& last) {
            return death.out_of_time ? tell_timeout(options) : tell_failure(options, death, last);
          },
      .help = [&](int socket) { runtime::serve_outside(socket, outside_services(options)); },
      .socket = around->helper_socket,
      .guest_socket = around->guest_socket};
  if (options.limits.timeout) supervision.patience = *options.limits.timeout + kGraceSeconds;
  return runtime::supervise(*box, supervision);
}

/// All in one process, but for the helper of a confined one.
int run_here(Options options, const Guest& guest) {
  if (options.sandbox == Options::Sandbox::kOff) return guest(options, {});
  auto around = prepare(options);
  const auto serve = [&](int socket) {
    runtime::serve_outside(socket, outside_services(options));
    around.reset();  // removes the folders
  };
  if (around && runtime::start_helper(around->helper_socket, around->guest_socket, serve)) {
    static_cast<void>(around->scratch.release());
    static_cast<void>(around->root.release());
    runtime::Outside outside(around->guest_socket);
    const int status = guest(around->options, {.outside = &outside});
    outside.finish();
    return status;
  }
  if (options.sandbox == Options::Sandbox::kAuto) options.sandbox = Options::Sandbox::kOff;
  return guest(options, {});
}

}  // namespace

int run_supervised(const Options& options, const Guest& guest) {
  if (!options.supervise) return run_here(options, guest);
  const auto end = supervise(options, guest);
  if (end && end->signal != 0) runtime::die_of(end->signal);
  if (end) return end->status;
  const int refused = errno;
  tools::warn(fmt::format("the host starts no process for the emulator ({}): it runs in this one",
                          std::strerror(refused)));
  return run_here(options, guest);
}

}  // namespace cmos::run

#include "tools/cmos-run/watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "base/interrupted.h"
#include "runtime/console/terminal.h"
#include "runtime/report/report.h"
#include "runtime/supervisor/supervisor.h"
#include "tools/common/exit_status.h"

namespace cmos::run {
namespace {

/// How often a host call that waits is interrupted once the run is to end.
constexpr suseconds_t kTickMicroseconds = 50'000;
constexpr int kTellTicks = Watch::kTellSeconds * (1'000'000 / kTickMicroseconds);

// What the handlers act on. They run in main's thread, the texts are complete before the timer
// starts.
std::atomic<runtime::Process*> running{nullptr};
std::atomic<bool> loading{false};
std::atomic<bool> telling{false};
std::atomic<bool> time_over{false};
std::atomic<bool> stopped{false};  ///< by a signal
std::atomic<bool> ticking{false};
std::atomic<int> told_status{0};
std::atomic<int> ticks{0};
std::string late_message;
std::string late_report;
std::string report_path;
runtime::Outside* outside = nullptr;  ///< of a confined process, which opens no file by itself

void set_timer(double first_seconds, suseconds_t interval) {
  // A century is for ever; 0 would switch the timer off.
  const double seconds = std::clamp(first_seconds, 1e-6, 3.2e9);
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(seconds);
  timer.it_value.tv_usec =
      static_cast<suseconds_t>((seconds - static_cast<double>(timer.it_value.tv_sec)) * 1e6);
  if (timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0) timer.it_value.tv_usec = 1;
  timer.it_interval.tv_usec = interval;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

void tick() {
  if (!ticking.exchange(true)) set_timer(kTickMicroseconds * 1e-6, kTickMicroseconds);
}

/// As far as it goes without waiting.
void put(int descriptor, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t put = ::write(descriptor, text.data() + done, text.size() - done);
    if (put <= 0) return;
    done += static_cast<std::size_t>(put);
  }
}

void put_without_waiting(int descriptor, const std::string& text) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
  put(descriptor, text);
  ::fcntl(descriptor, F_SETFL, flags);
}

[[noreturn]] void end_loading() {
  runtime::restore_terminal();
  put_without_waiting(STDERR_FILENO, late_message);
  if (!report_path.empty() && outside != nullptr) {
    outside->write_at_once(runtime::NamedFile::kReport, as_bytes(late_report));
  } else if (!report_path.empty()) {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC;
    const int file = ::open(report_path.c_str(), kFlags, 0666);
    if (file >= 0) put(file, late_report);
  }
  ::_exit(tools::kLimitReached);
}

void on_alarm(int) {
  const int saved_errno = errno;
  if (!ticking.load()) {
    time_over.store(true);
    if (loading.load()) end_loading();
    if (runtime::Process* const process = running.load()) process->time_out();
    if (telling.load()) give_up_interrupted_calls();
    tick();
  } else if (telling.load() && ticks.fetch_add(1) >= kTellTicks) {
    runtime::restore_terminal();
    ::_exit(time_over.load() ? tools::kLimitReached : told_status.load());
  }
  errno = saved_errno;
}

void end_at_once(int signal) {
  runtime::restore_terminal();
  std::signal(signal, SIG_DFL);
  unblock_signal(signal);
  ::raise(signal);
}

/// A terminal's Ctrl-C reaches this process and its supervisor, which relays it: only what the
/// supervisor has counted is a second request.
void on_signal(int signal, siginfo_t* info, void*) {
  const int saved_errno = errno;
  const int count = runtime::relayed_count(*info);
  runtime::Process* const process = running.exchange(nullptr);
  if (process != nullptr && signal != SIGQUIT) {
    stopped.store(true);
    process->request_stop(signal);
    tick();
  } else if (!runtime::is_supervised() || signal == SIGQUIT || count > 1 ||
             (count == 1 && !stopped.load())) {
    end_at_once(signal);
  }
  errno = saved_errno;
}

void handle_stop_signals() {
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO;  // without SA_RESTART: a call that blocks is given up too
  action.sa_sigaction = on_signal;
  for (const int signal : runtime::kEndingSignals) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN)
      ::sigaction(signal, &action, nullptr);  // nohup and background jobs
  }
}

void handle_alarm() {
  struct sigaction action {};
  action.sa_handler = on_alarm;
  ::sigaction(SIGALRM, &action, nullptr);
  unblock_signal(SIGALRM);
}

}  // namespace

Watch::Watch(const WatchOptions& options) {
  handle_alarm();
  if (!options.timeout) return;
  const std::string limit = fmt::format("--timeout {}", *options.timeout);
  const std::string summary = fmt::format("limit {} reached while the program was loaded", limit);
  late_message = fmt::format("cmos-run: {}: {}\n", options.file, summary);
  if (!options.report.empty()) {
    report_path = options.report;
    outside = options.outside;
    late_report = runtime::limit_report_json(options.file, limit, summary, tools::kLimitReached);
  }
  loading.store(true);
  set_timer(*options.timeout, 0);
}

void Watch::guest_runs(runtime::Process& process) {
  running.store(&process);
  loading.store(false);
  // The time may have been over in between.
  if (time_over.load()) process.time_out();
  handle_stop_signals();
}

void Watch::guest_ended(int status) {
  told_status.store(status);
  running.store(nullptr);
  loading.store(false);
  telling.store(true);
  if (ticking.load()) give_up_interrupted_calls();
}

bool Watch::expired() const {
  return time_over.load();
}

Watch::~Watch() {
  const itimerval off{};
  ::setitimer(ITIMER_REAL, &off, nullptr);
  running.store(nullptr);
  loading.store(false);
  telling.store(false);
}

}  // namespace cmos::run

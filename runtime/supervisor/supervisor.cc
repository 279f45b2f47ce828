#include "runtime/supervisor/supervisor.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <utility>

#include "base/interrupted.h"
#include "base/patient_write.h"

namespace cmos::runtime {
namespace {

using Clock = std::chrono::steady_clock;

/// These are timers of the guest's process, where they mean something else.
constexpr std::array kTimers = {SIGALRM, SIGPROF};

pid_t supervisor = 0;  ///< of this process, when it is a supervised one

/// SIGXCPU is the host's own limit (ulimit -t).
bool ends_a_run(int signal) {
  return signal == SIGXCPU || std::ranges::find(kEndingSignals, signal) != kEndingSignals.end();
}

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kEndingSignals) sigaddset(&set, signal);
  for (const int signal : kTimers) sigaddset(&set, signal);
  for (const int signal : {SIGCHLD, SIGTSTP, SIGCONT}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void die_of(int signal) {
  const rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);  // the other one has dumped what is of interest
  std::signal(signal, SIG_DFL);
  unblock_signal(signal);
  ::raise(signal);
  ::_exit(128 + signal);
}

namespace {

/// Whatever kills the parent sends this process `signal`, even if it has happened already.
void die_with(pid_t parent, int signal) {
  ::prctl(PR_SET_PDEATHSIG, signal);
  if (::getppid() != parent) ::_exit(1);
}

class Watchman {
 public:
  Watchman(pid_t child, int signals, BlackBox& box, const Supervision& supervision)
      : child_(child), signals_(signals), box_(box), supervision_(supervision) {
    if (supervision.patience) {
      const std::chrono::duration<double> wait(std::clamp(*supervision.patience, 0.0, 3.2e9));
      due_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(wait);
    }
  }

  SupervisedEnd wait() {
    int socket = supervision_.socket;
    for (;;) {
      std::array<pollfd, 2> ready{{{.fd = signals_, .events = POLLIN, .revents = 0},
                                   {.fd = socket, .events = POLLIN, .revents = 0}}};
      const int count = ::poll(ready.data(), ready.size(), milliseconds_left());
      if (count == 0) out_of_patience();
      if (count <= 0) continue;
      if (ready[1].revents != 0) {
        // Who has gone without a question needs no helper.
        if ((ready[1].revents & POLLHUP) == 0) help(socket);
        ::close(std::exchange(socket, -1));  // without a helper the other side sees the end of it
      }
      if (ready[0].revents == 0) continue;
      if (const auto end = take_signal()) return *end;
    }
  }

 private:
  int milliseconds_left() const {
    if (!due_ || death_.out_of_time) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due_ - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
  }

  void out_of_patience() {
    if (!due_ || Clock::now() < *due_) return;
    death_.out_of_time = true;
    ::kill(child_, SIGKILL);
  }

  void help(int socket) {
    const pid_t parent = ::getpid();
    if (::fork() == 0) {
      die_with(parent, SIGKILL);
      supervision_.help(socket);
      ::_exit(0);
    }
  }

  /// When the child has ended.
  std::optional<SupervisedEnd> take_signal() {
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) != sizeof info) return std::nullopt;
    switch (info.ssi_signo) {
      case SIGCHLD:
        return reap();
      case SIGTSTP:
        stop();
        break;
      case SIGCONT:
        ::kill(child_, SIGCONT);
        break;
      default:
        if (std::ranges::find(kTimers, static_cast<int>(info.ssi_signo)) != kTimers.end())
          return end_by(static_cast<int>(info.ssi_signo));
        ::sigqueue(child_, static_cast<int>(info.ssi_signo), sigval{.sival_int = ++relayed_});
    }
    return std::nullopt;
  }

  /// Of all that have ended: there are helpers beside the guest's process.
  std::optional<SupervisedEnd> reap() {
    for (;;) {
      int how = 0;
      const pid_t who = ::waitpid(-1, &how, WNOHANG);
      if (who < 0 && errno == EINTR) continue;
      if (who <= 0) return std::nullopt;
      if (who != child_) continue;
      if (WIFEXITED(how)) return SupervisedEnd{.status = WEXITSTATUS(how)};
      return tell_death(WTERMSIG(how));
    }
  }

  /// First the other process, which puts the terminal's modes back, then this one: the shell goes
  /// on when this one has stopped.
  void stop() {
    ::kill(child_, SIGTSTP);
    constexpr int kAttempts = 100;
    siginfo_t info{};
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      info.si_pid = 0;
      const auto id = static_cast<id_t>(child_);
      if (::waitid(P_PID, id, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT) != 0) break;
      if (info.si_pid != 0) break;
      ::usleep(1000);
    }
    if (info.si_pid != 0 && info.si_code != CLD_STOPPED) return;  // it has ended
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    ::raise(SIGTSTP);
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);  // stops here
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    ::kill(child_, SIGCONT);
  }

  /// What the guest has written by now is delivered.
  SupervisedEnd end_by(int signal) {
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) continue;
    restore_modes();
    deliver_rest();
    return {.signal = signal};
  }

  void restore_modes() {
    keep_terminal_state_in(box_.terminal);
    restore_terminal_in_foreground();
  }
  void deliver_rest() {
    const std::atomic<bool> hurry{true};  // its reader may be what it hung at
    write_out(STDOUT_FILENO, box_.output.rest(), hurry);
  }

  SupervisedEnd tell_death(int signal) {
    restore_modes();
    if (ends_a_run(signal) && !death_.out_of_time) return {.signal = signal};
    deliver_rest();
    death_.signal = signal;
    return {.status = supervision_.died(death_, box_)};
  }

  const pid_t child_;
  const int signals_;
  BlackBox& box_;
  const Supervision& supervision_;
  std::optional<Clock::time_point> due_;
  Death death_;
  int relayed_ = 0;
};

[[noreturn]] void be_supervised(pid_t parent, const sigset_t& mask, int signals,
                                const Supervision& supervision, BlackBox& box) {
  supervisor = parent;
  die_with(parent, SIGKILL);
  ::close(signals);
  if (supervision.socket >= 0) ::close(supervision.socket);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  keep_terminal_state_in(box.terminal);
  watch_for_crashes(box.crash);
  const int status = supervision.guest();
  std::fflush(stderr);
  // All is written; destructors of statics and of the engine would only cost time.
  ::_exit(status);
}

}  // namespace

std::optional<SupervisedEnd> supervise(BlackBox& box, const Supervision& supervision) {
  const sigset_t watched = watched_signals();
  const int signals = ::signalfd(-1, &watched, SFD_CLOEXEC);
  if (signals < 0) return std::nullopt;
  sigset_t mask;
  ::sigprocmask(SIG_BLOCK, &watched, &mask);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    ::close(signals);
    return std::nullopt;
  }
  if (child == 0) be_supervised(parent, mask, signals, supervision, box);
  if (supervision.guest_socket >= 0) ::close(supervision.guest_socket);
  return Watchman(child, signals, box, supervision).wait();
}

bool start_helper(int socket, int other, const std::function<void(int socket)>& serve) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    // A user's signals are for the guest's process; when that has died, what waits is given up.
    for (const int signal : kEndingSignals) std::signal(signal, SIG_IGN);
    struct sigaction action {};
    action.sa_handler = [](int) { give_up_interrupted_calls(); };
    ::sigaction(SIGUSR1, &action, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGUSR1);
    // It may have died already: what is left to do, removing folders, is done all the same.
    if (::getppid() != parent) give_up_interrupted_calls();
    ::close(other);
    serve(socket);
    ::_exit(0);
  }
  ::close(socket);
  if (child < 0) ::close(other);
  return child > 0;
}

int relayed_count(const siginfo_t& info) noexcept {
  const bool relayed = supervisor != 0 && info.si_code == SI_QUEUE && info.si_pid == supervisor;
  return relayed ? info.si_value.sival_int : 0;
}

bool is_supervised() noexcept {
  return supervisor != 0;
}

}  // namespace cmos::runtime

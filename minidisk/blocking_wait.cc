#include "minidisk/blocking_wait.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace cmos::minidisk {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How late a stop request may be noticed, and how often the helper is woken until it has noticed.
constexpr milliseconds kStopCheck{20};
constexpr milliseconds kWakeAgain{1};

int wake_signal() {
  return SIGRTMIN + 7;
}

/// Without SA_RESTART, so that the signal ends a blocking call.
void install_wake_handler() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigemptyset(&action.sa_mask);
    ::sigaction(wake_signal(), &action, nullptr);
  });
}

/// While it lives, threads that start inherit a mask that blocks everything: the program's signals
/// go to its own threads.
class BlockSignals {
 public:
  BlockSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockSignals(const BlockSignals&) = delete;
  BlockSignals& operator=(const BlockSignals&) = delete;

 private:
  sigset_t before_{};
};

class Waiter {
 public:
  Waiter(vfs::HostOps& ops, int fd) : ops_(ops), fd_(fd) {}

  bool start() {
    install_wake_handler();
    const BlockSignals blocked;
    try {
      thread_ = std::thread([this] { block(); });
    } catch (const std::system_error&) {
      return false;
    }
    return true;
  }

  /// Whether it ended, by `when` at the latest.
  bool ended_by(Clock::time_point when) {
    std::unique_lock held(mutex_);
    return changed_.wait_until(held, when, [this] { return ended_; });
  }

  /// Ends the wait if it has not ended by itself, and says how it ended: an errno, 0 = the lock is
  /// held.
  int finish(bool cancel) {
    if (cancel) {
      {
        const std::lock_guard held(mutex_);
        cancelled_ = true;
      }
      // A signal that comes just before the call blocks is lost: repeat it.
      do ::pthread_kill(thread_.native_handle(), wake_signal());
      while (!ended_by(Clock::now() + kWakeAgain));
    }
    thread_.join();
    return result_;
  }

 private:
  void block() {
    sigset_t wake;
    ::sigemptyset(&wake);
    ::sigaddset(&wake, wake_signal());
    ::pthread_sigmask(SIG_UNBLOCK, &wake, nullptr);
    int result = 0;
    do result = ops_.lock(fd_, true) == 0 ? 0 : errno;
    while (result == EINTR && !cancelled());
    const std::lock_guard held(mutex_);
    result_ = result;
    ended_ = true;
    changed_.notify_all();
  }
  bool cancelled() {
    const std::lock_guard held(mutex_);
    return cancelled_;
  }

  vfs::HostOps& ops_;
  int fd_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool cancelled_ = false;
  bool ended_ = false;
  int result_ = 0;
};

}  // namespace

VfsResult<void> wait_for_lock(vfs::HostOps& ops, int fd, const WaitPolicy& policy) {
  Waiter waiter(ops, fd);
  if (!waiter.start()) return vfs::refuse(VfsError::kTooMany);
  // A timeout too long to be added to the clock is none.
  const auto start = Clock::now();
  const bool limited = policy.timeout && *policy.timeout < Clock::time_point::max() - start;
  const auto deadline = limited ? start + *policy.timeout : Clock::time_point::max();
  bool stop = false;
  bool late = false;
  while (!waiter.ended_by(std::min(deadline, Clock::now() + kStopCheck))) {
    stop = policy.stop_requested && policy.stop_requested();
    late = Clock::now() >= deadline;
    if (stop || late) break;
  }
  const int result = waiter.finish(stop || late);
  if (stop) return vfs::refuse(VfsError::kInterrupted);
  if (result == 0) return {};  // perhaps at the very last moment
  if (result == EINTR) return vfs::refuse(VfsError::kMinidiskBusy);
  return vfs::refuse(vfs::from_errno(result));
}

}  // namespace cmos::minidisk

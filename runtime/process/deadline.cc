#include "runtime/process/deadline.h"

#include <csignal>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cmos::runtime {
namespace {

/// New threads inherit the mask: signals stay with the thread that runs the guest.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

Deadline::Deadline(double seconds, std::function<void()> expired) {
  // A century is for ever; more would overflow the clock's arithmetic.
  const std::chrono::duration<double> wait(std::clamp(seconds, 0.0, 3.2e9));
  const auto due =
      std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(wait);
  const AllSignalsBlocked blocked;
  thread_ = std::thread([this, due, call = std::move(expired)] {
    std::unique_lock lock(mutex_);
    if (!wake_.wait_until(lock, due, [this] { return cancelled_; })) call();
  });
}

Deadline::~Deadline() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

}  // namespace cmos::runtime

#include "runtime/process/deadline.h"

#include <csignal>

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
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

Result<std::unique_ptr<Deadline>> Deadline::create(std::function<void()> expired) {
  std::unique_ptr<Deadline> made(new Deadline(std::move(expired)));
  const AllSignalsBlocked blocked;
  try {
    made->thread_ = std::thread([deadline = made.get()] { deadline->wait(); });
  } catch (const std::system_error& refused) {
    return fail(Error{.code = ErrorCode::kHostIo,
                      .field = "--timeout",
                      .message = std::string("the host starts no thread to watch the time: ") +
                                 refused.code().message()});
  }
  return made;
}

void Deadline::start(double seconds) {
  // A century is for ever; more would overflow the clock's arithmetic.
  const std::chrono::duration<double> wait(std::clamp(seconds, 0.0, 3.2e9));
  {
    const std::lock_guard lock(mutex_);
    due_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(wait);
  }
  wake_.notify_one();
}

void Deadline::wait() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return cancelled_ || due_; });
  if (!wake_.wait_until(lock, due_.value_or(Clock::time_point()), [this] { return cancelled_; }))
    expired_();
}

Deadline::~Deadline() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace cmos::runtime

// A wall-clock deadline: one thread that waits and then calls back. Only a process with a timeout
// that nobody else watches has one (ProcessOptions::own_deadline).
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/error.h"

namespace cmos::runtime {

class Deadline {
 public:
  /// Starts the thread, which waits for start(). kHostIo when the host has no thread to give.
  static Result<std::unique_ptr<Deadline>> create(std::function<void()> expired);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();

  /// From now on the time runs: `expired` is called once, from the deadline's own thread, unless
  /// the deadline is destroyed before. Once.
  void start(double seconds);

 private:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(std::function<void()> expired) : expired_(std::move(expired)) {}
  void wait();

  std::function<void()> expired_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Clock::time_point> due_;
  bool cancelled_ = false;
  std::thread thread_;
};

}  // namespace cmos::runtime

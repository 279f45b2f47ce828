// A wall-clock deadline: one thread that waits and then calls back. Only a process with a timeout
// has one.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace cmos::runtime {

class Deadline {
 public:
  /// `expired` is called once, from the deadline's own thread, unless the deadline is destroyed
  /// before.
  Deadline(double seconds, std::function<void()> expired);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool cancelled_ = false;
  std::thread thread_;
};

}  // namespace cmos::runtime

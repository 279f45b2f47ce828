#include "syscalls/sources.h"

#include <sys/random.h>

#include <cerrno>
#include <ctime>

namespace cmos::syscalls {
namespace {

class HostClock final : public Clock {
 public:
  std::int64_t now(ClockKind kind) override {
    timespec time{};
    ::clock_gettime(kind == ClockKind::kUtc ? CLOCK_REALTIME : CLOCK_MONOTONIC, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  }
};

class HostRandom final : public RandomSource {
 public:
  bool fill(std::span<std::uint8_t> out) override {
    while (!out.empty()) {
      const ssize_t got = ::getrandom(out.data(), out.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      out = out.subspan(static_cast<std::size_t>(got));
    }
    return true;
  }
};

}  // namespace

Clock& host_clock() {
  static HostClock clock;
  return clock;
}

RandomSource& host_random() {
  static HostRandom source;
  return source;
}

}  // namespace cmos::syscalls

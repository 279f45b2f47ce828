// Where time and randomness come from (abi 3: clock, random). Interfaces, so that a test or a
// replay decides what a guest sees.
#pragma once

#include <cstdint>
#include <span>

namespace cmos::syscalls {

enum class ClockKind : std::uint8_t { kMonotonic = 0, kUtc = 1 };

class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds: since some fixed moment, or since 1970-01-01 UTC.
  virtual std::int64_t now(ClockKind kind) = 0;
};

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// Fills all of `out`; false when the host has none to give.
  virtual bool fill(std::span<std::uint8_t> out) = 0;
};

/// The host's own. Stateless, usable from any thread.
Clock& host_clock();
RandomSource& host_random();

}  // namespace cmos::syscalls

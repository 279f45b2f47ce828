// Where stdout, stderr and stdin of a guest go (abi 3). The system calls see only this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace cmos::syscalls {

enum class InputStyle : std::uint8_t { kTerminal = 0, kNoEcho = 1, kRawKey = 2 };

class Console {
 public:
  virtual ~Console() = default;
  /// Writes all of `text`; `colour` is ARGB, nothing or alpha 0 = default. False when the host
  /// refused.
  virtual bool write(Bytes text, std::optional<std::uint32_t> colour) = 0;
  /// The same for text that is not the program's result. Without a stream of its own it goes where
  /// output goes.
  virtual bool write_error(Bytes text) { return write(text, std::nullopt); }
  /// One byte 0–255, -1 at end of input (from then on always), nothing when interrupted by a stop
  /// request.
  virtual std::optional<int> read(InputStyle style) = 0;
  /// Everything written so far reaches the host.
  virtual void flush() = 0;
  /// The run ends with what is written next: a reader that is stuck is not waited for any more.
  virtual void hurry() noexcept {}
  /// From any thread or signal handler: hurry(), and a read() that waits returns nothing, as does
  /// every later one that would wait.
  virtual void interrupt() noexcept {}
};

}  // namespace cmos::syscalls

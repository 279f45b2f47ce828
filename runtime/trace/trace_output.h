// Where a trace (or a report that cannot be renamed into place) goes: lines collected in one buffer
// and handed to the host as they are due.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <optional>
#include <string>

#include "base/error.h"

namespace cmos::runtime {

class TraceOutput {
 public:
  /// Creates or empties `path`. Lines reach it in large pieces. kHostIo when it cannot be written.
  static Result<TraceOutput> file(const std::string& path);
  /// The host's standard error; every line reaches it at once, so that it stands in order with the
  /// guest's own output.
  static TraceOutput standard_error();

  TraceOutput(TraceOutput&& other) noexcept;
  TraceOutput& operator=(TraceOutput&&) = delete;
  ~TraceOutput();  ///< flushes

  /// What is appended here is written by end_line() and flush().
  fmt::memory_buffer& buffer() { return buffer_; }
  void end_line();
  void flush();
  /// From any thread or signal handler: a reader that does not read loses what does not fit, which
  /// is no error. Before that, a write waits for it as long as it takes.
  void hurry() noexcept { hurried_.store(true); }
  /// The first failure of a write; nothing is written after it.
  const std::optional<Error>& error() const { return error_; }

 private:
  TraceOutput(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_ = -1;
  std::string path_;  ///< empty: standard error, which is not ours to close
  fmt::memory_buffer buffer_;
  std::atomic<bool> hurried_{false};
  std::optional<Error> error_;
};

}  // namespace cmos::runtime

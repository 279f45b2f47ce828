#include "runtime/trace/trace_output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace cmos::runtime {
namespace {

constexpr std::size_t kFlushAt = 64 * 1024;  ///< bytes

/// Writes everything, whatever the host makes of it in between; errno, or 0.
int write_all(int descriptor, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written >= 0) {
      data += written;
      size -= static_cast<std::size_t>(written);
    } else if (errno == EAGAIN) {
      pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

Result<TraceOutput> TraceOutput::file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    return fail(Error{.code = ErrorCode::kHostIo,
                      .file = path,
                      .message = fmt::format("cannot be written: {}", std::strerror(errno))});
  }
  return TraceOutput(descriptor, path);
}

TraceOutput TraceOutput::standard_error() {
  return {STDERR_FILENO, ""};
}

TraceOutput::TraceOutput(TraceOutput&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      buffer_(std::move(other.buffer_)),
      error_(std::move(other.error_)) {}

TraceOutput::~TraceOutput() {
  if (descriptor_ < 0) return;
  flush();
  if (!path_.empty()) ::close(descriptor_);
}

void TraceOutput::end_line() {
  buffer_.push_back('\n');
  if (path_.empty() || buffer_.size() >= kFlushAt) flush();
}

void TraceOutput::flush() {
  if (!error_ && buffer_.size() > 0) {
    if (const int failure = write_all(descriptor_, buffer_.data(), buffer_.size())) {
      error_ = Error{.code = ErrorCode::kHostIo,
                     .file = path_.empty() ? "standard error" : path_,
                     .message = fmt::format("cannot be written: {}", std::strerror(failure))};
    }
  }
  buffer_.clear();
}

}  // namespace cmos::runtime

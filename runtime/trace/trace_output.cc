#include "runtime/trace/trace_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/patient_write.h"

namespace cmos::runtime {
namespace {

constexpr std::size_t kFlushAt = 64 * 1024;  ///< bytes

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
    const auto data = as_bytes(std::string_view(buffer_.data(), buffer_.size()));
    const int failure = write_out(descriptor_, data, hurried_);
    if (failure == EINTR) buffer_.clear();  // lost, as hurry() says
    if (failure != 0 && failure != EINTR) {
      error_ = Error{.code = ErrorCode::kHostIo,
                     .file = path_.empty() ? "standard error" : path_,
                     .message = fmt::format("cannot be written: {}", std::strerror(failure))};
    }
  }
  buffer_.clear();
}

}  // namespace cmos::runtime

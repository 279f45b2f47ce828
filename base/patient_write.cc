#include "base/patient_write.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cmos {
namespace {

/// Whether the reader takes PIPE_BUF bytes without waiting, in time.
bool ready_in_time(int descriptor) {
  pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
  int answer = 0;
  // Signals may come faster than the time passes; a few are no reason to give up.
  for (int attempt = 0; attempt < 8; ++attempt) {
    answer = ::poll(&ready, 1, kReaderPatience);
    if (answer >= 0 || errno != EINTR) break;
  }
  return answer > 0;
}

}  // namespace

int write_out(int descriptor, Bytes data, const std::atomic<bool>& hurry, std::size_t* written) {
  while (!data.empty()) {
    std::size_t size = data.size();
    if (hurry.load()) {
      if (!ready_in_time(descriptor)) return EINTR;
      size = std::min<std::size_t>(size, PIPE_BUF);
    }
    const ssize_t put = ::write(descriptor, data.data(), size);
    if (put >= 0) {
      data = data.subspan(static_cast<std::size_t>(put));
      if (written != nullptr) *written += static_cast<std::size_t>(put);
    } else if (errno == EAGAIN && !hurry.load()) {
      pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR && errno != EAGAIN) {
      return errno;
    }
  }
  return 0;
}

}  // namespace cmos

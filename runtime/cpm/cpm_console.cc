#include "runtime/cpm/cpm_console.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cmos::runtime {

CpmConsole::CpmConsole(int input, int output, std::optional<std::uint64_t> max_output)
    : input_(input), output_(output), left_(max_output) {
  termios now{};
  if (::tcgetattr(input_, &now) != 0) return;
  terminal_ = now;
  now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  now.c_cc[VMIN] = 1;
  now.c_cc[VTIME] = 0;
  (void)::tcsetattr(input_, TCSADRAIN, &now);
}

CpmConsole::~CpmConsole() {
  if (terminal_) (void)::tcsetattr(input_, TCSADRAIN, &*terminal_);
}

bool CpmConsole::write(Bytes text) {
  constexpr std::size_t kMostPending = 4096;
  Bytes taken = text;
  if (left_) {
    taken = text.first(static_cast<std::size_t>(std::min<std::uint64_t>(text.size(), *left_)));
    *left_ -= taken.size();
  }
  pending_.insert(pending_.end(), taken.begin(), taken.end());
  limit_reached_ |= taken.size() < text.size();
  if ((terminal_ || pending_.size() >= kMostPending) && !flush()) return false;
  return !limit_reached_;
}

bool CpmConsole::flush() {
  std::size_t done = 0;
  while (done < pending_.size() && !failed_) {
    const ssize_t wrote = ::write(output_, pending_.data() + done, pending_.size() - done);
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
    // A signal means that the run is to end, and a reader that is stuck is not waited for.
    if (wrote < 0) failed_ = true;
  }
  pending_.clear();
  return !failed_;
}

std::optional<int> CpmConsole::read() {
  if (!flush()) return std::nullopt;
  if (ended_) return -1;
  std::uint8_t byte = 0;
  const ssize_t got = ::read(input_, &byte, 1);
  if (got == 1) return byte;
  if (got < 0 && errno == EINTR) return std::nullopt;
  ended_ = true;
  return -1;
}

bool CpmConsole::ready() {
  (void)flush();
  if (ended_) return true;
  pollfd one{.fd = input_, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace cmos::runtime

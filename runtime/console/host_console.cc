#include "runtime/console/host_console.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/patient_write.h"
#include "runtime/console/terminal.h"

namespace cmos::runtime {
namespace {

constexpr std::size_t kReadAhead = 16 * 1024;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

bool wants_colour(ColourMode mode, int descriptor) {
  if (mode != ColourMode::kAuto) return mode == ColourMode::kAlways;
  return ::isatty(descriptor) == 1 && environment("NO_COLOR").empty() &&
         environment("TERM") != "dumb";
}

HostConsole::HostConsole(ColourMode colour, int input, int output, PendingOutput* pending)
    : input_(input),
      output_(output),
      output_is_terminal_(::isatty(output) == 1),
      colour_(wants_colour(colour, output)),
      own_pending_(pending == nullptr ? std::make_unique<PendingOutput>() : nullptr),
      pending_(pending == nullptr ? *own_pending_ : *pending) {}

HostConsole::~HostConsole() {
  close();
  if (const int wake = wake_.exchange(-1); wake >= 0) ::close(wake);
}

bool HostConsole::write(Bytes text, std::optional<std::uint32_t> colour) {
  if (write_error_ != 0) return false;
  const bool coloured = colour_ && colour && *colour >> 24 != 0 && !text.empty();
  if (coloured) {
    append(fmt::format("\x1b[38;2;{};{};{}m", *colour >> 16 & 0xff, *colour >> 8 & 0xff,
                       *colour & 0xff));
  }
  if (text.size() >= PendingOutput::kEnough) {
    flush();
    if (!write_all(text)) return false;
  } else {
    append(as_text(text));
  }
  if (coloured) append("\x1b[0m");
  if (output_is_terminal_ || pending_.size() >= PendingOutput::kEnough) flush();
  return write_error_ == 0;
}

void HostConsole::flush() {
  while (!pending_.empty() && write_error_ == 0) {
    std::size_t written = 0;
    write_error_ = write_out(output_, pending_.rest(), hurried_, &written);
    pending_.delivered(written);
  }
  pending_.clear();
}

void HostConsole::append(std::string_view text) {
  if (pending_.append(text)) return;
  flush();
  pending_.append(text);
}

bool HostConsole::write_all(Bytes data) {
  // The reader may be stuck: a guest that is to end does not wait for it.
  if (write_error_ == 0) write_error_ = write_out(output_, data, hurried_);
  return write_error_ == 0;
}

std::optional<int> HostConsole::read(syscalls::InputStyle style) {
  if (ahead_used_ < ahead_.size()) return ahead_[ahead_used_++];
  if (input_ended_) return -1;
  flush();
  return fill(style);
}

std::optional<int> HostConsole::fill(syscalls::InputStyle style) {
  if (input_kind_ == InputKind::kUnknown) {
    struct stat info {};
    const bool file = ::fstat(input_, &info) == 0 && S_ISREG(info.st_mode);
    input_kind_ = file                    ? InputKind::kFile
                  : ::isatty(input_) == 1 ? InputKind::kTerminal
                                          : InputKind::kStream;
  }
  if (input_kind_ == InputKind::kTerminal) set_terminal_style(input_, style);
  for (;;) {
    if (!wait_for_input()) return std::nullopt;
    ahead_.resize(kReadAhead);
    ahead_used_ = 0;
    const ssize_t got = ::read(input_, ahead_.data(), ahead_.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
      ahead_.clear();
      continue;
    }
    ahead_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (!ahead_.empty()) return ahead_[ahead_used_++];
    // A terminal would go on after Ctrl-D; a guest that reads once more must not wait for another.
    // A host error (a closed descriptor, a terminal that hung up) is the end of input too.
    input_ended_ = true;
    return -1;
  }
}

/// False when interrupted.
bool HostConsole::wait_for_input() {
  if (input_kind_ == InputKind::kFile) return !interrupted_.load();
  if (wake_.load() < 0) wake_.store(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  std::array<pollfd, 2> wait{{{.fd = input_, .events = POLLIN, .revents = 0},
                              {.fd = wake_.load(), .events = POLLIN, .revents = 0}}};
  while (!interrupted_.load()) {
    if (::poll(wait.data(), wait.size(), -1) < 0) continue;
    if (wait[0].revents != 0) return !interrupted_.load();
  }
  return false;
}

void HostConsole::interrupt() noexcept {
  const int saved_errno = errno;
  interrupted_.store(true);
  hurried_.store(true);
  if (const int wake = wake_.load(); wake >= 0) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = ::write(wake, &one, sizeof one);
  }
  errno = saved_errno;
}

void HostConsole::close() {
  if (closed_) return;
  closed_ = true;
  flush();
  if (input_kind_ == InputKind::kTerminal)
    set_terminal_style(input_, syscalls::InputStyle::kTerminal);
  const auto unread = static_cast<off_t>(ahead_.size() - ahead_used_);
  if (input_kind_ == InputKind::kFile && unread > 0) ::lseek(input_, -unread, SEEK_CUR);
}

}  // namespace cmos::runtime

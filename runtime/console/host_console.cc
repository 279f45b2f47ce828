#include "runtime/console/host_console.h"

#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/interrupted.h"
#include "base/patient_write.h"
#include "runtime/console/terminal.h"

namespace cmos::runtime {
namespace {

constexpr std::size_t kReadAhead = 16 * 1024;

/// The console whose delivery the timer looks after.
std::atomic<HostConsole*> timed{nullptr};

/// True while it lives; what was true before stays so. Only this thread's own signal handler looks
/// at it: order matters to the compiler alone, and costs nothing with each byte that a guest
/// writes.
class Busy {
 public:
  explicit Busy(std::atomic<bool>& flag)
      : flag_(flag), before_(flag.load(std::memory_order_relaxed)) {
    flag_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  ~Busy() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    flag_.store(before_, std::memory_order_relaxed);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  std::atomic<bool>& flag_;
  const bool before_;
};

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

// ---- when output is delivered -------------------------------------------------------------------

void HostConsole::deliver(Delivery when) {
  delivery_ = when;
  if (when != Delivery::kSoon || output_is_terminal_) return;
  timed.store(this);
  struct sigaction action {};
  action.sa_handler = on_timer;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGPROF, &action, nullptr);
  unblock_signal(SIGPROF);
}

void HostConsole::on_timer(int) {
  const int saved_errno = errno;
  if (HostConsole* const console = timed.load()) console->delivery_is_due();
  errno = saved_errno;
}

/// In a signal handler of the thread that writes.
void HostConsole::delivery_is_due() noexcept {
  if (busy_.load()) return start_timer();
  if (pending_.empty()) return timer_runs_.store(false);
  static_cast<void>(deliver_without_waiting());
  start_timer();
}

/// As much as the reader takes now. False when the host refuses it, which flush() finds again and
/// keeps.
bool HostConsole::deliver_without_waiting() noexcept {
  pollfd ready{.fd = output_, .events = POLLOUT, .revents = 0};
  while (!pending_.empty() && ::poll(&ready, 1, 0) == 1) {
    const Bytes rest = pending_.rest();
    const ssize_t put = ::write(output_, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
    if (put < 0) return errno == EAGAIN || errno == EINTR;
    pending_.delivered(static_cast<std::size_t>(put));
  }
  return true;
}

void HostConsole::start_timer() noexcept {
  timer_runs_.store(true);
  itimerval timer{};
  timer.it_value.tv_usec = kSoonMicroseconds;
  ::setitimer(ITIMER_PROF, &timer, nullptr);
}

/// Behind each write.
void HostConsole::deliver_as_chosen() {
  const bool at_once = output_is_terminal_ || delivery_ == Delivery::kAtOnce;
  const bool soon = delivery_ == Delivery::kSoon && !at_once;
  const bool much = pending_.size() >= PendingOutput::kEnough;
  const bool first = soon && !timer_runs_.load(std::memory_order_relaxed);
  if (at_once || (much && !soon)) return flush();
  // A guest waits for its reader only when there is no room left.
  if ((first || much) && !deliver_without_waiting()) return flush();
  if (first) start_timer();
}

// ---- output -------------------------------------------------------------------------------------

bool HostConsole::write(Bytes text, std::optional<std::uint32_t> colour) {
  if (write_error_ != 0) return false;
  const Busy busy(busy_);
  if (pending_.empty()) pending_.clear();  // the timer delivers, and leaves the room to its owner
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
  deliver_as_chosen();
  return write_error_ == 0;
}

void HostConsole::flush() {
  const Busy busy(busy_);
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

bool HostConsole::write_error(Bytes text) {
  flush();
  return write_out(STDERR_FILENO, text, hurried_) == 0;
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
    if ((known_ == 0 || interrupted_.load()) && !wait_for_input()) return std::nullopt;
    // Whoever reads a pipe or a terminal after the guest, or beside it, finds what it left; only of
    // a file what was taken too much can be given back.
    ahead_.resize(input_kind_ == InputKind::kFile ? kReadAhead : 1);
    ahead_used_ = 0;
    const ssize_t got = ::read(input_, ahead_.data(), ahead_.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
      ahead_.clear();
      known_ = 0;
      continue;
    }
    if (got < 0) read_error_ = errno;
    ahead_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (!ahead_.empty()) {
      if (input_kind_ != InputKind::kFile) count_known();
      return ahead_[ahead_used_++];
    }
    // A terminal would go on after Ctrl-D; a guest that reads once more must not wait for another.
    // A host error (a closed descriptor, a terminal that hung up) is the end of input too.
    input_ended_ = true;
    return -1;
  }
}

/// After a byte was read: asked once for many, the host says how many there are to read without
/// waiting.
void HostConsole::count_known() {
  if (known_ > 0) {
    --known_;
    return;
  }
  int there = 0;
  if (::ioctl(input_, FIONREAD, &there) == 0 && there > 0) known_ = static_cast<std::size_t>(there);
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
  if (timed.load() == this) {
    const itimerval off{};
    ::setitimer(ITIMER_PROF, &off, nullptr);
    timed.store(nullptr);
  }
  if (input_kind_ == InputKind::kTerminal)
    set_terminal_style(input_, syscalls::InputStyle::kTerminal);
  const auto unread = static_cast<off_t>(ahead_.size() - ahead_used_);
  if (input_kind_ == InputKind::kFile && unread > 0) ::lseek(input_, -unread, SEEK_CUR);
}

}  // namespace cmos::runtime

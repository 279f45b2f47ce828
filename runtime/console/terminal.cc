#include "runtime/console/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace cmos::runtime {
namespace {

using syscalls::InputStyle;

// Written before `changed` is set, and not while it is: signal handlers may read them then.
int terminal = -1;
termios original{};
termios current{};
std::atomic<bool> changed{false};
InputStyle style_now = InputStyle::kTerminal;  // while `changed`

/// A background process that sets modes is stopped by SIGTTOU; modes of the foreground are not its
/// business anyway.
bool in_foreground() noexcept {
  return ::tcgetpgrp(terminal) == ::getpgrp();
}

void on_stop(int) noexcept {
  const int saved_errno = errno;
  if (changed.load() && in_foreground()) ::tcsetattr(terminal, TCSANOW, &original);
  // The default action stops the process where the signal is unblocked; it goes on there after
  // SIGCONT.
  struct sigaction normal {};
  normal.sa_handler = SIG_DFL;
  struct sigaction ours {};
  ::sigaction(SIGTSTP, &normal, &ours);
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  sigset_t before;
  ::raise(SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, &before);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::sigaction(SIGTSTP, &ours, nullptr);
  errno = saved_errno;
}

void on_continue(int) noexcept {
  const int saved_errno = errno;
  if (changed.load() && in_foreground()) ::tcsetattr(terminal, TCSANOW, &current);
  errno = saved_errno;
}

void install_job_control() {
  static bool installed = false;
  if (installed) return;
  installed = true;
  struct sigaction stop {};
  ::sigaction(SIGTSTP, nullptr, &stop);
  if (stop.sa_handler == SIG_IGN) return;  // a shell without job control
  stop.sa_handler = on_stop;
  stop.sa_flags = SA_RESTART;
  ::sigaction(SIGTSTP, &stop, nullptr);
  struct sigaction go_on {};
  go_on.sa_handler = on_continue;
  go_on.sa_flags = SA_RESTART;
  ::sigaction(SIGCONT, &go_on, nullptr);
}

}  // namespace

void set_terminal_style(int descriptor, InputStyle style) {
  const InputStyle now = changed.load() ? style_now : InputStyle::kTerminal;
  if (style == now && (style == InputStyle::kTerminal || descriptor == terminal)) return;
  if (style == InputStyle::kTerminal) {
    restore_terminal();
    return;
  }
  if (!changed.load()) {
    if (::tcgetattr(descriptor, &original) != 0) return;
    terminal = descriptor;
    install_job_control();
  }
  termios wanted = original;
  wanted.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (style == InputStyle::kRawKey) {
    wanted.c_lflag &= ~static_cast<tcflag_t>(ICANON);
    wanted.c_cc[VMIN] = 1;
    wanted.c_cc[VTIME] = 0;
  }
  current = wanted;
  changed.store(true);
  // What was typed ahead stays: no flush.
  ::tcsetattr(descriptor, TCSANOW, &current);
  style_now = style;
}

void restore_terminal() noexcept {
  if (changed.exchange(false)) ::tcsetattr(terminal, TCSANOW, &original);
}

}  // namespace cmos::runtime

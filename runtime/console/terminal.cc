#include "runtime/console/terminal.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace cmos::runtime {
namespace {

using syscalls::InputStyle;

// Where the state is kept; see keep_terminal_state_in().
TerminalState own_state;
TerminalState* state = &own_state;

/// A background process that sets modes is stopped by SIGTTOU; modes of the foreground are not its
/// business anyway.
bool in_foreground() noexcept {
  return ::tcgetpgrp(state->terminal) == ::getpgrp();
}

void on_stop(int) noexcept {
  const int saved_errno = errno;
  if (state->changed.load() && in_foreground())
    ::tcsetattr(state->terminal, TCSANOW, &state->original);
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
  if (state->changed.load() && in_foreground())
    ::tcsetattr(state->terminal, TCSANOW, &state->current);
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
  const InputStyle now = state->changed.load() ? state->style : InputStyle::kTerminal;
  if (style == now && (style == InputStyle::kTerminal || descriptor == state->terminal)) return;
  if (style == InputStyle::kTerminal) {
    restore_terminal();
    return;
  }
  if (!state->changed.load()) {
    if (::tcgetattr(descriptor, &state->original) != 0) return;
    state->terminal = descriptor;
    install_job_control();
  }
  termios wanted = state->original;
  wanted.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (style == InputStyle::kRawKey) {
    wanted.c_lflag &= ~static_cast<tcflag_t>(ICANON);
    wanted.c_cc[VMIN] = 1;
    wanted.c_cc[VTIME] = 0;
  }
  state->current = wanted;
  state->changed.store(true);
  // What was typed ahead stays: no flush.
  ::tcsetattr(descriptor, TCSANOW, &state->current);
  state->style = style;
}

void keep_terminal_state_in(TerminalState& place) {
  state = &place;
}

void restore_terminal_in_foreground() noexcept {
  if (state->changed.load() && in_foreground()) restore_terminal();
}

void restore_terminal() noexcept {
  if (state->changed.exchange(false)) ::tcsetattr(state->terminal, TCSANOW, &state->original);
}

}  // namespace cmos::runtime

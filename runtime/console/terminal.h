// The modes of the terminal that a guest reads from. They belong to the whole host process, so this
// is a set of functions over one state. Modes change only when a guest asks for a style other than
// the terminal's own, and are put back at the end, before a stop by Ctrl-Z (and set again after
// it), and by restore_terminal() from any signal handler.
#pragma once

#include <termios.h>

#include <atomic>

#include "syscalls/console.h"

namespace cmos::runtime {

/// Puts the terminal at `descriptor` into the mode that a style needs (abi 3, stdin). Signals stay
/// on: Ctrl-C stops a guest in every style.
void set_terminal_style(int descriptor, syscalls::InputStyle style);

/// `terminal` and the modes are written before `changed` is set, and not while it is: signal
/// handlers, and a supervisor when it lies in shared memory, read them then.
struct TerminalState {
  int terminal = -1;
  termios original{};
  termios current{};
  syscalls::InputStyle style = syscalls::InputStyle::kTerminal;  ///< while `changed`
  std::atomic<bool> changed{false};
};
/// From now on the state is kept there, so that another process that shares the memory can put the
/// modes back. Before the first change; `place` outlives the process's use of the terminal.
void keep_terminal_state_in(TerminalState& place);

/// The modes as they were before the first change. Async-signal-safe; nothing happens when nothing
/// was changed.
void restore_terminal() noexcept;
/// The same, but for a background process's terminal, which is not its business.
void restore_terminal_in_foreground() noexcept;

}  // namespace cmos::runtime

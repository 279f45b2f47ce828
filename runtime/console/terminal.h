// The modes of the terminal that a guest reads from. They belong to the whole host process, so this
// is a set of functions over one state. Modes change only when a guest asks for a style other than
// the terminal's own, and are put back at the end, before a stop by Ctrl-Z (and set again after
// it), and by restore_terminal() from any signal handler.
#pragma once

#include "syscalls/console.h"

namespace cmos::runtime {

/// Puts the terminal at `descriptor` into the mode that a style needs (abi 3, stdin). Signals stay
/// on: Ctrl-C stops a guest in every style.
void set_terminal_style(int descriptor, syscalls::InputStyle style);

/// The modes as they were before the first change. Async-signal-safe; nothing happens when nothing
/// was changed.
void restore_terminal() noexcept;

}  // namespace cmos::runtime

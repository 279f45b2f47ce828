// Host calls that wait for somebody: what becomes of them when a signal interrupts them.
#pragma once

namespace cmos {

/// For the signal handler of a program that is to end soon: from now on a read or write of
/// base/host_file.h that a signal interrupts (it waits for the other end of a pipe) fails instead
/// of waiting on. Async-signal-safe.
void give_up_interrupted_calls() noexcept;

/// Lets this thread take a signal that whoever started the program, or a handler that runs, holds
/// back. Async-signal-safe.
void unblock_signal(int signal) noexcept;

/// Whether a host call that failed with `number` (an errno) is to be made again.
bool interrupted_call_goes_on(int number) noexcept;

}  // namespace cmos

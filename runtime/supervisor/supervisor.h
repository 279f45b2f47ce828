// A guest's process and the small process that looks after it. The emulator runs foreign code, in
// machine code that a translator makes of it: whatever becomes of it (an abort, a segmentation
// fault, no memory, a SIGKILL), the supervisor lives, says what happened, and leaves terminal,
// output and files as they should be.
//
// Both processes are in one process group, so that a shell's job control stops and continues them
// together. Signals that a user sends reach the guest's process through its supervisor; it tells
// them apart by their sender (relayed_count()). If the supervisor dies, the other one is killed.
#pragma once

#include <sys/types.h>

#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <string>

#include "runtime/supervisor/black_box.h"

namespace cmos::runtime {

/// What a user sends to end a run: Ctrl-C and whatever would end a process that knows nothing of
/// it.
inline constexpr std::array kEndingSignals = {SIGINT,  SIGTERM,   SIGHUP, SIGQUIT,   SIGUSR1,
                                              SIGUSR2, SIGVTALRM, SIGIO,  SIGSTKFLT, SIGPWR};

/// How a supervised process ended that did not exit by itself.
struct Death {
  int signal = 0;
  bool out_of_time = false;  ///< the supervisor killed it: it did not end when its time was over
};

struct Supervision {
  /// Runs in the process of its own; what it returns is the exit status.
  std::function<int()> guest;
  /// Says what happened, after the terminal and the output are in order. The exit status.
  std::function<int(const Death&, const BlackBox&)> died;
  /// Serves what the guest's process asks for at `socket`, in a helper of its own, which is started
  /// when the first request comes.
  std::function<void(int socket)> help = {};
  int socket = -1;        ///< the helper's end; -1 = none
  int guest_socket = -1;  ///< the other one, which only the guest's process keeps
  /// Seconds from now on after which the guest's process is killed.
  std::optional<double> patience = {};
};

struct SupervisedEnd {
  int status = 0;
  /// Not 0: a user's signal ended the guest's process (Ctrl-C twice, SIGTERM while a file is
  /// loaded), and this one is to end by it too: die_of().
  int signal = 0;
};

/// Forks, and in the supervisor waits. Nothing when the host starts no process; then nothing has
/// happened.
std::optional<SupervisedEnd> supervise(BlackBox& box, const Supervision& supervision);
[[noreturn]] void die_of(int signal);

/// Forks a helper for a process without a supervisor: it runs `serve` with `socket` and ends.
/// `other` is this process's end. False when the host starts no process.
bool start_helper(int socket, int other, const std::function<void(int socket)>& serve);

/// For a handler in the guest's process: how many signals that end a run the supervisor has relayed
/// up to this one; 0: this one did not come from it.
int relayed_count(const siginfo_t& info) noexcept;
/// Whether this process has a supervisor.
bool is_supervised() noexcept;

}  // namespace cmos::runtime

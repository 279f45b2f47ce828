// What ends a run from outside: the clock of --timeout and the signals of the user. It holds from
// before the file is read to the last byte of the report, so that a host call that waits (a pipe
// that nobody reads or writes, a lock, a slow copy) never outlives a limit.
//
// There is no thread: SIGALRM of the process's own timer. A handler cannot end a host call, but a
// signal without SA_RESTART interrupts it; once the run is to end the timer goes on ticking, so
// that no call that begins just after a signal waits for ever either.
#pragma once

#include <optional>
#include <string>

#include "runtime/process/process.h"
#include "runtime/supervisor/outside.h"

namespace cmos::run {

struct WatchOptions {
  std::optional<double> timeout;  ///< seconds from now on
  std::string file;               ///< the program, for messages
  std::string report;             ///< --report, written also when loading takes too long
  /// Who writes it when this process is confined; nullptr: this process itself.
  runtime::Outside* outside = nullptr;
};

/// One at a time, from main's thread. The first Ctrl-C or SIGTERM ends the guest with a report, the
/// second one ends cmos-run at once; while there is no guest the first one does.
class Watch {
 public:
  /// The clock starts. While the program is loaded, its end is the end of cmos-run: message,
  /// report, exit status 124.
  explicit Watch(const WatchOptions& options);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  /// From now on it ends `process`, which outlives the watch.
  void guest_runs(runtime::Process& process);
  /// The guest has ended, `status` is what is known of the exit status: what is left is to tell. A
  /// run that was stopped, or whose time is over, does not wait for a stuck reader: after
  /// kTellSeconds without an end cmos-run exits.
  void guest_ended(int status);
  /// Whether the time is over.
  bool expired() const;

  static constexpr int kTellSeconds = 3;
};

}  // namespace cmos::run

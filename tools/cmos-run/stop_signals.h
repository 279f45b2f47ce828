// Ctrl-C and its like while a guest runs: the first one ends the guest with a report, the second
// one ends cmos-run at once.
#pragma once

#include "runtime/process/process.h"

namespace cmos::run {

class StopSignals {
 public:
  /// `process` outlives this. One at a time.
  explicit StopSignals(runtime::Process& process);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  /// Later signals are ignored: what is left is to report, which must not be cut in half.
  ~StopSignals();
};

}  // namespace cmos::run

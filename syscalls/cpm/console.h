// What a CP/M program's console is connected to.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace cmos::cpm {

class Console {
 public:
  virtual ~Console() = default;
  /// False when the host refused, or a limit of output was reached.
  virtual bool write(Bytes text) = 0;
  /// One byte; -1 at the end of input; nothing when the wait was interrupted.
  virtual std::optional<int> read() = 0;
  /// Whether read() would not wait.
  virtual bool ready() = 0;
};

}  // namespace cmos::cpm

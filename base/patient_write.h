// Writes to a reader of whom nobody knows whether it still reads: a pipe, a terminal, a socket.
#pragma once

#include <atomic>

#include "base/bytes.h"

namespace cmos {

/// Writes all of `data`, for as long as it takes. Once `hurry` is set (by a signal handler or
/// another thread; a signal without SA_RESTART ends a write that waits), a reader gets no more than
/// kReaderPatience milliseconds for the next piece. 0; EINTR when it was not ready by then; else
/// the errno of what the host refused. `written`, when given, counts what was written.
int write_out(int descriptor, Bytes data, const std::atomic<bool>& hurry,
              std::size_t* written = nullptr);

inline constexpr int kReaderPatience = 1000;

}  // namespace cmos

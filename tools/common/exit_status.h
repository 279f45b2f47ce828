// From an error to an exit status, for every tool (abi 6).
#pragma once

#include "base/error.h"

namespace cmos::tools {

/// cmos-run: 125 it failed itself, 126 the file is no runnable CPE, 127 there is no such file.
constexpr int runner_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kHostIo:
    case ErrorCode::kInternal:
      return 125;
    case ErrorCode::kUnreadable:
    case ErrorCode::kMalformed:
    case ErrorCode::kUnsupported:
    case ErrorCode::kLimit:
      return 126;
    case ErrorCode::kNotFound:
      return 127;
  }
  return 125;
}

/// The other tools: 1 findings or failure, 2 usage.
constexpr int tool_status(ErrorCode code) {
  return code == ErrorCode::kUsage ? 2 : 1;
}

/// cmos-run: a limit that the user set ended the run.
inline constexpr int kLimitReached = 124;

/// cmos-run --expect-trace: the program ran, but its system calls are not those of the file.
inline constexpr int kTraceDiffers = 123;

inline constexpr int kRunnerUsage = runner_status(ErrorCode::kUsage);
inline constexpr int kToolUsage = tool_status(ErrorCode::kUsage);

}  // namespace cmos::tools

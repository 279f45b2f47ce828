// The exit statuses of COIL's own tools (docs/coil.md 8).
#pragma once

#include "base/error.h"

namespace cmos::tools {

inline constexpr int kCoilGeneral = 1;
inline constexpr int kCoilUsage = 2;
inline constexpr int kCoilInput = 3;
inline constexpr int kCoilOutput = 4;
inline constexpr int kCoilProcessing = 5;
inline constexpr int kCoilResource = 6;

/// An error while reading; those of writing are kCoilOutput.
constexpr int coil_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return kCoilUsage;
    case ErrorCode::kHostIo:
    case ErrorCode::kNotFound:
    case ErrorCode::kUnreadable:
      return kCoilInput;
    case ErrorCode::kMalformed:
    case ErrorCode::kUnsupported:
      return kCoilProcessing;
    case ErrorCode::kLimit:
      return kCoilResource;
    case ErrorCode::kInternal:
      return kCoilGeneral;
  }
  return kCoilGeneral;
}

}  // namespace cmos::tools

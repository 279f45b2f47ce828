#include "runtime/process/outcome.h"

namespace cmos::runtime {
namespace {

/// 128 + the signal that a Unix process would have died of.
int fault_status(emu::FaultKind kind) {
  switch (kind) {
    case emu::FaultKind::kIllegalInstruction:
    case emu::FaultKind::kBadTrap:
      return 132;
    case emu::FaultKind::kBreakpoint:
      return 133;
    case emu::FaultKind::kMisaligned:
      return 135;
    case emu::FaultKind::kArithmetic:
      return 136;
    case emu::FaultKind::kMemory:
      return 139;
  }
  return 139;
}

}  // namespace

int exit_status(const Outcome& outcome) {
  switch (outcome.ending) {
    case Ending::kRunning:
      break;
    case Ending::kExited:
      return static_cast<int>(outcome.code & 0xff);
    case Ending::kFaulted:
      return fault_status(outcome.fault ? outcome.fault->kind : emu::FaultKind::kMemory);
    case Ending::kLimit:
      return 124;
    case Ending::kInterrupted:
      return 128 + outcome.signal;
    case Ending::kForbidden:
      return 125;
  }
  return 125;
}

}  // namespace cmos::runtime

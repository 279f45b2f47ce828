// How a guest ended, as data: cmos-run's exit status, the fault report and --report all come from
// this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "emu/engine.h"

namespace cmos::runtime {

enum class Ending : std::uint8_t {
  kRunning,  ///< not ended yet
  kExited,   ///< by the exit call or a return from the entry function
  kFaulted,
  kLimit,        ///< `limit` names it
  kInterrupted,  ///< Ctrl-C or Process::request_stop()
  kForbidden,    ///< --strict-abi met a call outside the document; cmos-run exits with 125
};

/// How the abort method ended, which does not change how the program did.
struct AbortMethod {
  enum class Ending : std::uint8_t {
    kReturned,  ///< or made the exit call
    kFaulted,
    kCutShort,  ///< `detail` names the limit
    kStopped    ///< by a signal, or nobody reads its output
  };
  Ending ending = Ending::kReturned;
  std::optional<emu::Fault> fault = {};
  std::string detail = {};
};

struct Outcome {
  Ending ending = Ending::kRunning;
  std::uint64_t code = 0;           ///< all bits of the exit call's argument
  std::optional<emu::Fault> fault;  ///< also of a kLimit that showed as one: the stack's
  std::string limit;                ///< the option's name and value: "--max-instructions 1000"
  int signal = 2;                   ///< of kInterrupted: the host's signal number; 2 is Ctrl-C
  std::string message;              ///< what cannot be said otherwise
  std::uint64_t syscalls = 0;       ///< up to the ending, those of the abort method not counted
  std::optional<std::uint64_t> instructions;  ///< likewise, with those of the programs that it
                                              ///< launched; only when they were counted
  std::uint64_t output_bytes = 0;             ///< of the whole life
  std::uint64_t peak_memory = 0;              ///< bytes of guest memory
  std::optional<AbortMethod> abort_method;    ///< nothing when the program has none

  bool abort_method_failed() const {
    return abort_method && abort_method->ending != AbortMethod::Ending::kReturned;
  }
};

/// abi 6: guest code & 0xff, 124 limit, 125 forbidden, 128+n fault, 130 interrupted by Ctrl-C (128
/// + signal in general).
int exit_status(const Outcome& outcome);

}  // namespace cmos::runtime

// seccomp: which host calls can be made. Private to sandbox/.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"

namespace cmos::sandbox {

/// When a call of the list is allowed.
enum class When : std::uint8_t {
  kAlways,
  kNever,         ///< answered as by a host that does not have it: a library then does without
  kOneOf,         ///< argument `index` (its low 32 bits) is one of `values`
  kHasFlag,       ///< it has all bits of values[0]
  kIsZero,        ///< all 64 bits of it are 0
  kIsThisProcess  ///< it is this process's number
};

struct Call {
  long number;
  When when = When::kAlways;
  unsigned index = 0;
  std::span<const std::uint32_t> values = {};
};

/// What such a process needs after its start (call_list.cc).
std::span<const Call> call_list(Policy::Calls calls);

/// The program that the kernel runs for each call: a binary search, so that neither a call nor the
/// kernel's own preparation of the list takes long. `calls` in any order, one row each number.
std::vector<sock_filter> filter_program(std::span<const Call> calls, std::uint32_t process);

/// Empty, or why this host cannot restrict calls. no_new_privs is set. A call outside the list is
/// not made: the process gets SIGSYS.
std::string restrict_calls(Policy::Calls calls);

}  // namespace cmos::sandbox

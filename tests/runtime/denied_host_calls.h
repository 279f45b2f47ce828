// A host that answers chosen system calls with an error, for this process, from now on: what a full
// disk, a broken device or a used-up descriptor table says, without being privileged to make one.
#pragma once

#include <vector>

namespace cmos::testing {

/// Numbers of the host's system calls (SYS_openat …) and the errno that they get.
struct Denial {
  std::vector<long> calls = {};
  int error = 0;
};

/// Sanitizers write to pipes to find out what memory is readable, and end the process when they
/// cannot: false for a denial of `write` in their builds.
bool can_deny(const Denial& denial);

/// It cannot be taken back: call it in a child process. False when the host has no seccomp.
bool deny(const Denial& denial);

}  // namespace cmos::testing

// A program of the host, stopped at each of its system calls, so that a test can kill it there or
// decide what the host answers. Needs ptrace, which every user may do to a child.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vfs/unique_fd.h"

namespace cmos::testing {

struct HostCall {
  long number = -1;
  std::array<std::uint64_t, 6> arguments = {};
};

class TracedRun {
 public:
  /// Stopped before its first instruction.
  explicit TracedRun(const std::vector<std::string>& command);
  /// Kills it when it still runs.
  ~TracedRun();
  TracedRun(const TracedRun&) = delete;
  TracedRun& operator=(const TracedRun&) = delete;

  /// On to the next system call, which is not made yet. Nothing when the program has ended.
  std::optional<HostCall> enter();
  /// The call is made: its result. Nothing when the program ends in it.
  std::optional<std::int64_t> leave();

  // Between enter() and leave():
  /// The host does nothing and answers the error.
  void refuse(int error);
  /// The call's third argument becomes this.
  void shorten(std::uint64_t size);
  /// The text that an argument points to.
  std::string text(std::uint64_t address) const;
  /// Whether a descriptor is a pipe's.
  bool is_pipe(std::uint64_t descriptor) const;

  /// Between any two steps: SIGKILL.
  void kill();
  /// On to the end without further stops; the wait status.
  int finish();

  /// What it wrote, both streams. After its end.
  std::string output() const;

 private:
  bool step();

  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
  int refused_ = 0;
  vfs::UniqueFd output_;
};

}  // namespace cmos::testing

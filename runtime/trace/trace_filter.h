// Which events `--trace=LIST` shows.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "syscalls/table.h"

namespace cmos::runtime {

class TraceFilter {
 public:
  /// Every system call, no instructions: `--trace` without a list.
  TraceFilter();

  /// A list separated by commas: names of system calls, categories, `all`, `unknown` (numbers that
  /// are no call), each with
  /// `!` in front to leave it out; what stands later wins. A list that begins with `!` starts from
  /// all. `insn` adds instructions and chooses no call. kUsage when a name is unknown; the message
  /// says which names are near.
  static Result<TraceFilter> parse(std::string_view list);

  /// `row` is one of syscalls::table(), or nullptr for a number that is no call.
  bool shows(const syscalls::Row* row) const;
  bool instructions() const { return instructions_; }

 private:
  bool apply(std::string_view name, bool shown);

  std::vector<bool> rows_;  ///< by index into syscalls::table()
  bool unknown_ = true;
  bool instructions_ = false;
};

}  // namespace cmos::runtime

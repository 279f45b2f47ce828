// A trace line by line against an expected one: the first difference with what stands around it,
// and an expected trace brought up to date.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/trace/expect_trace_file.h"

namespace cmos::runtime {

struct TraceDifference {
  std::uint64_t expected_line = 0;  ///< in the file; one behind its end when that came first
  std::uint64_t found_line = 0;     ///< of the trace, from 1; one behind its end likewise
  std::string expected, found;      ///< empty: the file, the trace ended here
  std::string what;                 ///< which part differs, when it is the same call
  std::string context;              ///< as `diff -u` shows it, several lines with line ends
};

/// Keeps only the last few lines, however long the trace is.
class TraceComparison {
 public:
  explicit TraceComparison(const ExpectedTrace& expected);  ///< borrowed

  void add(std::string_view line);
  /// After the last line: nothing when all was as expected.
  std::optional<TraceDifference> finish();

 private:
  void follow_any(std::size_t position);
  TraceDifference difference() const;

  const ExpectedTrace& expected_;
  std::vector<std::size_t> positions_;  ///< where in expected_ the trace may be, ascending; several
                                        ///< behind a `...`
  std::uint64_t count_ = 0;
  std::deque<std::string> before_;  ///< the lines before the first difference
  std::vector<std::string> after_;  ///< that one, and what follows
  std::size_t failed_at_ = 0;       ///< in expected_, when after_ is not empty
  bool failed_ = false;
};

struct BlessedTrace {
  ExpectedTrace trace;
  std::size_t kept = 0, added = 0, removed = 0;  ///< lines
  bool changed() const { return added + removed != 0; }
};

/// `old` with as few changes as make it fit `lines`: what fits already stays, with its wildcards,
/// and no comment is lost.
BlessedTrace bless_trace(const ExpectedTrace& old, const std::vector<std::string>& lines);

}  // namespace cmos::runtime

// The file that `--expect-trace` compares with: a golden trace, text that people read, edit and
// keep under version control (docs/trace.md).
//
//   cmos-trace 1
//   # a comment belongs to the line below it
//   main+0x1c: open("a", 1, read) = *
//   ...
//   +++ exited with 0 +++
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::runtime {

inline constexpr std::string_view kExpectTraceHeader = "cmos-trace 1";

struct ExpectedLine {
  std::string text;  ///< as line_matches() understands it; `...` stands for any number of lines
  std::uint64_t number = 0;           ///< in the file, from 1; 0: not from a file
  std::vector<std::string> comments;  ///< and empty lines, directly above

  bool any() const { return text == "..."; }
};

struct ExpectedTrace {
  std::string file;  ///< for messages
  std::vector<ExpectedLine> lines;
  std::vector<std::string> comments;  ///< below the last line
};

/// kMalformed (with the line) when it is no golden trace, kUnsupported for a newer version.
Result<ExpectedTrace> parse_expected_trace(Bytes data, std::string_view file);

/// The file's text. parse_expected_trace() gives `trace` back.
std::string expected_trace_text(const ExpectedTrace& trace);

/// Whether a line of a trace fits an expected one: literally, but that `*` outside quotes stands
/// for any text within one argument, result or place, and `...` as the last argument for any
/// further ones.
bool line_matches(std::string_view expected, std::string_view line);

/// In words, the first part in which two lines differ: `argument 2: expected 16, found 15`. Empty
/// when they are not the same call.
std::string first_difference(std::string_view expected, std::string_view line);

}  // namespace cmos::runtime

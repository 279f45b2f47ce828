// Any bytes as a golden trace: an answer; what was read is written as it was; and what is blessed
// fits. The file's own lines serve as the run.
#include <algorithm>
#include <cstdint>

#include "fuzz/require.h"
#include "runtime/trace/expect_trace_compare.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cmos;
  using fuzz::require;
  const auto trace = runtime::parse_expected_trace({data, size}, "app.trace");
  if (!trace) {
    require(!trace.error().text().empty(), "an error says what is wrong");
    return 0;
  }
  const std::string text = runtime::expected_trace_text(*trace);
  const auto again = runtime::parse_expected_trace(as_bytes(text), "app.trace");
  require(again && runtime::expected_trace_text(*again) == text, "writing and reading agree");

  std::vector<std::string> run;
  for (const auto& line : trace->lines) run.push_back(line.text);
  std::reverse(run.begin(), run.end());
  runtime::TraceComparison comparison(*trace);
  for (const std::string& line : run) comparison.add(line);
  const auto difference = comparison.finish();
  if (difference) runtime::first_difference(difference->expected, difference->found);
  const runtime::BlessedTrace blessed = runtime::bless_trace(*trace, run);
  require(blessed.changed() == difference.has_value(),
          "--bless changes what differs, and nothing else");
  runtime::TraceComparison fits(blessed.trace);
  for (const std::string& line : run) fits.add(line);
  require(!fits.finish(), "what is blessed fits");
  return 0;
}

#include "runtime/trace/trace_summary.h"

#include <algorithm>
#include <tuple>

#include "runtime/trace/trace_buffer.h"
#include "runtime/trace/trace_json.h"

namespace cmos::runtime {

void TraceSummary::add(const CapturedCall& call, std::chrono::steady_clock::duration spent) {
  Line& line = lines_[call.registers.number];
  if (line.calls == 0) {
    line.name = call.row != nullptr ? std::string(call.row->name)
                                    : fmt::format("syscall_{:#x}", call.registers.number);
  }
  ++line.calls;
  if (call.returned && call.status != nullptr) ++line.errors;
  line.seconds += std::chrono::duration<double>(spent).count();
}

std::vector<TraceSummary::Line> TraceSummary::lines() const {
  std::vector<Line> out;
  for (const auto& [number, line] : lines_) out.push_back(line);
  std::sort(out.begin(), out.end(), [](const Line& a, const Line& b) {
    return std::tie(b.seconds, a.name) < std::tie(a.seconds, b.name);
  });
  return out;
}

namespace {

void put_line(fmt::memory_buffer& out, const TraceSummary::Line& line, double all) {
  put(out, "{:6.2f} {:11.6f} {:11.0f} {:9} {:>9} {}\n", all > 0 ? 100 * line.seconds / all : 0,
      line.seconds, line.calls != 0 ? 1e6 * line.seconds / static_cast<double>(line.calls) : 0,
      line.calls, line.errors != 0 ? fmt::format("{}", line.errors) : "", line.name);
}

}  // namespace

void append_summary_text(fmt::memory_buffer& out, const std::vector<TraceSummary::Line>& lines) {
  constexpr std::string_view kRule =
      "------ ----------- ----------- --------- --------- ----------------\n";
  TraceSummary::Line total{.name = "total"};
  for (const TraceSummary::Line& line : lines) {
    total.calls += line.calls;
    total.errors += line.errors;
    total.seconds += line.seconds;
  }
  put(out, "% time     seconds  usecs/call     calls    errors syscall\n");
  put(out, kRule);
  for (const TraceSummary::Line& line : lines) put_line(out, line, total.seconds);
  put(out, kRule);
  put_line(out, total, total.seconds);
}

void append_summary_json(fmt::memory_buffer& out, const std::vector<TraceSummary::Line>& lines) {
  put(out, "\"calls\":[");
  bool first = true;
  for (const TraceSummary::Line& line : lines) {
    put(out, first ? "{\"call\":" : ",{\"call\":");
    append_json_string(out, line.name);
    put(out, ",\"count\":{},\"errors\":{},\"seconds\":{:.9f}}}", line.calls, line.errors,
        line.seconds);
    first = false;
  }
  out.push_back(']');
}

}  // namespace cmos::runtime

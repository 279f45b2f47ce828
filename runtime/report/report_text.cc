#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "runtime/report/report.h"
#include "runtime/trace/trace_buffer.h"

namespace cmos::runtime {
namespace {

std::string address_text(const Report& report, std::uint64_t address) {
  return fmt::format("0x{:0{}x}", address, report.address_digits);
}

std::string source_name(const symbolize::SourceLine& source) {
  return fmt::format("{}:{}", presentable(source.file), source.line);
}

void put_origin(fmt::memory_buffer& out, std::string_view what,
                const std::optional<symbolize::Origin>& origin) {
  if (!origin) return;
  put(out, "  {} from {}", what, origin->text);
  for (const symbolize::OriginRelocation& one : origin->relocations) put(out, ", {}", one.text);
  put(out, "\n");
}

void put_place(fmt::memory_buffer& out, const Report& report) {
  const bool block = report.outcome.fault && !report.outcome.fault->pc_exact;
  put(out, "  {} {}", block ? "in the block of instructions at" : "at", report.place->text);
  const std::string address = address_text(report, report.place->address);
  if (!report.place->text.starts_with("0x")) put(out, " ({})", address);
  if (report.place->source) put(out, ", {}", source_name(*report.place->source));
  put(out, "\n");
  if (report.source_text)
    put(out, "    {:>4} | {}\n", report.place->source->line, *report.source_text);
  put_origin(out, "these bytes came", report.origin);
  put_origin(out, "what was touched came", report.touched_origin);
}

void put_instructions(fmt::memory_buffer& out, const Report& report) {
  if (report.instructions.empty()) return;
  std::size_t width = 0;
  for (const ReportInstruction& one : report.instructions) {
    width = std::max(width, std::min<std::size_t>(one.place.text.size(), 40));
  }
  put(out, "\n");
  for (const ReportInstruction& one : report.instructions) {
    put(out, "  {} {}  {:<{}}  {}\n", one.current ? "=>" : "  ",
        address_text(report, one.place.address), one.place.text, width, one.text);
  }
}

void put_registers(fmt::memory_buffer& out, const Report& report) {
  if (report.registers.empty()) return;
  std::size_t name_width = 0;
  unsigned bits = 0;
  for (const ReportRegister& one : report.registers) {
    name_width = std::max(name_width, one.name.size());
    bits = std::max(bits, one.bits);
  }
  const std::size_t columns = bits > 32 ? 3 : 4;
  put(out, "\n  registers\n");
  for (std::size_t i = 0; i < report.registers.size(); ++i) {
    const ReportRegister& one = report.registers[i];
    put(out, "{}{:>{}} {:0{}x}", i % columns == 0 ? "    " : "  ", one.name, name_width, one.value,
        one.bits / 4);
    const bool last = i + 1 == report.registers.size();
    // A narrower register fills its column, unless nothing stands behind it.
    if (!last && i % columns != columns - 1) put(out, "{:{}}", "", (bits - one.bits) / 4);
    if (last || i % columns == columns - 1) put(out, "\n");
  }
  if (!report.flags.empty()) put(out, "{:>{}} {}\n", "flags", 4 + name_width, report.flags);
}

void put_backtrace(fmt::memory_buffer& out, const Report& report) {
  constexpr std::size_t kShown = 16;  ///< lines; the rest rarely says more
  const auto& frames = report.backtrace;
  if (frames.size() < 2) return;  // the place is said already
  put(out, "\n  backtrace\n");
  std::size_t lines = 0;
  for (std::size_t i = 0; i < frames.size();) {
    if (++lines > kShown) {
      put(out, "    ... {} more\n", frames.size() - i);
      return;
    }
    put(out, "    #{:<2} {}  {}", i, address_text(report, frames[i].address), frames[i].text);
    if (frames[i].source) put(out, "  {}", source_name(*frames[i].source));
    put(out, "\n");
    std::size_t same = 1;  // recursion would fill the screen with what says the same
    while (i + same < frames.size() && frames[i + same].address == frames[i].address) ++same;
    if (same > 1) put(out, "        ... and {} times more\n", same - 1);
    i += same;
  }
}

void put_calls(fmt::memory_buffer& out, const Report& report, std::size_t count) {
  if (report.calls.empty()) return;
  const std::size_t first = report.calls.size() - std::min(count, report.calls.size());
  put(out, "\n  last system calls\n");
  for (std::size_t i = first; i < report.calls.size(); ++i) put(out, "    {}\n", report.calls[i]);
}

}  // namespace

std::string report_text(const Report& report) {
  if (report.outcome.ending == Ending::kExited || report.outcome.ending == Ending::kRunning) {
    return {};
  }
  fmt::memory_buffer out;
  put(out, "{}: {}\n", presentable(report.program), report.summary);
  if (report.place) put_place(out, report);
  const bool whole = report.outcome.fault.has_value();
  if (whole) {
    put_instructions(out, report);
    put_registers(out, report);
    put_backtrace(out, report);
  }
  constexpr std::size_t kFewCalls = 3;
  put_calls(out, report, whole ? report.calls.size() : kFewCalls);
  // Most of it comes from the program: symbols, arguments of calls, debug information.
  return presentable_lines(fmt::to_string(out));
}

}  // namespace cmos::runtime

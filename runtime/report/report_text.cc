#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "runtime/report/backtrace.h"
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

void put_operands(fmt::memory_buffer& out, const Report& report) {
  std::string_view separator = "    ; ";
  for (const OperandValue& one : report.operands) {
    put(out, "{}{} = {:#x}", separator, one.name, one.value);
    separator = ", ";
  }
}

void put_instructions(fmt::memory_buffer& out, const Report& report) {
  if (report.instructions.empty()) return;
  std::size_t width = 0;
  for (const ReportInstruction& one : report.instructions) {
    width = std::max(width, std::min<std::size_t>(one.place.text.size(), 40));
  }
  put(out, "\n");
  for (const ReportInstruction& one : report.instructions) {
    put(out, "  {} {}  {:<{}}  {}", one.current ? "=>" : "  ",
        address_text(report, one.place.address), one.place.text, width, one.text);
    if (one.current) put_operands(out, report);
    put(out, "\n");
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

/// How many frames, from `first` on, are repeated at once, and how often: recursion would fill the
/// screen with what says the same. No other frames are left out.
struct Cycle {
  std::size_t frames = 1;
  std::size_t times = 1;
};

Cycle cycle_at(const std::vector<ReportPlace>& frames, std::size_t first) {
  constexpr std::size_t kLongest = 8;
  const auto same = [&](std::size_t a, std::size_t b) {
    return b < frames.size() && frames[a].address == frames[b].address &&
           frames[a].text == frames[b].text;
  };
  for (std::size_t period = 1; period <= kLongest; ++period) {
    std::size_t matching = 0;
    while (same(first + matching, first + matching + period)) ++matching;
    const std::size_t times = 1 + matching / period;
    if (times > 2 || (times == 2 && period == 1)) return {period, times};
  }
  return {};
}

void put_backtrace(fmt::memory_buffer& out, const Report& report) {
  const auto& frames = report.backtrace;
  if (frames.size() < 2) return;  // the place is said already
  put(out, "\n  backtrace\n");
  for (std::size_t i = 0; i < frames.size();) {
    const Cycle cycle = cycle_at(frames, i);
    for (std::size_t n = i; n < i + cycle.frames; ++n) {
      put(out, "    #{:<2} {}  {}", n, address_text(report, frames[n].address), frames[n].text);
      if (frames[n].source) put(out, "  {}", source_name(*frames[n].source));
      put(out, "\n");
    }
    if (cycle.times > 1 && cycle.frames == 1)
      put(out, "        ... and {} times more\n", cycle.times - 1);
    if (cycle.times > 1 && cycle.frames > 1)
      put(out, "        ... and these {} {} times more\n", cycle.frames, cycle.times - 1);
    i += cycle.frames * cycle.times;
  }
  if (frames.size() == kMaxFrames) put(out, "    ... and more: {} are followed\n", kMaxFrames);
}

void put_stack(fmt::memory_buffer& out, const Report& report) {
  if (report.stack.empty()) return;
  put(out, "\n  stack\n");
  for (const ReportWord& one : report.stack) {
    put(out, "    {}  {:0{}x}", address_text(report, one.address), one.value,
        report.word_bytes * 2);
    if (!one.text.empty()) put(out, "  {}", one.text);
    put(out, "\n");
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
  fmt::memory_buffer out;
  if (report.outcome.ending == Ending::kExited || report.outcome.ending == Ending::kRunning) {
    if (report.abort_method.empty()) return {};
    put(out, "{}: its abort method {}\n", presentable(report.program), report.abort_method);
    return presentable_lines(fmt::to_string(out));
  }
  put(out, "{}: {}\n", presentable(report.program), report.summary);
  if (report.place) put_place(out, report);
  const bool whole = report.outcome.fault.has_value();
  if (whole) {
    put_instructions(out, report);
    put_registers(out, report);
    put_stack(out, report);
    put_backtrace(out, report);
  }
  constexpr std::size_t kFewCalls = 3;
  put_calls(out, report, whole ? report.calls.size() : kFewCalls);
  if (!report.abort_method.empty()) put(out, "\n  its abort method {}\n", report.abort_method);
  // Most of it comes from the program: symbols, arguments of calls, debug information.
  return presentable_lines(fmt::to_string(out));
}

}  // namespace cmos::runtime

#include "runtime/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/host_file.h"
#include "runtime/process/process.h"
#include "runtime/report/backtrace.h"
#include "runtime/report/neighbourhood.h"
#include "runtime/report/symbols.h"
#include "runtime/trace/trace_call.h"
#include "runtime/trace/trace_json.h"
#include "runtime/trace/trace_text.h"

namespace cmos::runtime {
namespace {

constexpr std::size_t kBefore = 4;  ///< instructions shown around the current one
constexpr std::size_t kAfter = 3;
constexpr std::size_t kAfterBlock = 8;  ///< when only the block's start is known

std::string permissions_text(emu::Permissions permissions) {
  return fmt::format("{}{}{}", (permissions & emu::kRead) != 0 ? 'r' : '-',
                     (permissions & emu::kWrite) != 0 ? 'w' : '-',
                     (permissions & emu::kExecute) != 0 ? 'x' : '-');
}

/// "in the null page", "0x10 bytes into const, which is r--", "12 bytes past the end of heap".
std::string touched_text(std::uint64_t address, const emu::GuestMemory& memory,
                         const SymbolIndex& symbols) {
  std::string text = memory.describe(address);
  if (text == "the null page") return "in " + text;
  if (const emu::Region* region = memory.find(address)) {
    if (address == region->base) text = "the start of " + region->name;
    text += ", which is " + permissions_text(region->permissions);
  }
  if (symbols.find(address)) text = symbols.text(address) + ", " + text;
  return text;
}

std::string access_text(const emu::Fault& fault, std::string_view touched, unsigned digits) {
  std::string text;
  switch (fault.access) {
    case emu::Access::kRead:
      text = "read";
      break;
    case emu::Access::kWrite:
      text = "write";
      break;
    case emu::Access::kExecute:
      text = "execution";
      break;
    case emu::Access::kNone:
      text = "access";
      break;
  }
  if (fault.size != 0 && fault.access != emu::Access::kExecute) {
    text += fmt::format(" of {} byte{}", fault.size, fault.size == 1 ? "" : "s");
  }
  return text + fmt::format(" at 0x{:0{}x}, {}", fault.address, digits, touched);
}

std::string with_detail(std::string_view what, std::string_view detail) {
  return detail.empty() ? std::string(what) : fmt::format("{}: {}", what, detail);
}

bool touches_memory(const emu::Fault& fault) {
  return fault.kind == emu::FaultKind::kMemory || fault.kind == emu::FaultKind::kMisaligned;
}

std::string fault_text(const emu::Fault& fault, std::string_view touched, unsigned digits) {
  const std::string access =
      touches_memory(fault) ? access_text(fault, touched, digits) : std::string();
  switch (fault.kind) {
    case emu::FaultKind::kMemory:
      return with_detail("memory fault",
                         fault.detail.empty() ? access : fault.detail + " " + access);
    case emu::FaultKind::kMisaligned:
      return "misaligned " + access;
    case emu::FaultKind::kIllegalInstruction:
      return with_detail("illegal instruction", fault.detail);
    case emu::FaultKind::kBreakpoint:
      return with_detail("breakpoint", fault.detail);
    case emu::FaultKind::kArithmetic:
      return with_detail("arithmetic fault", fault.detail);
    case emu::FaultKind::kBadTrap:
      return with_detail("a trap that is no CalamOS system call", fault.detail);
  }
  return "fault";
}

std::string ending_summary(const Report& report) {
  const Outcome& outcome = report.outcome;
  switch (outcome.ending) {
    case Ending::kExited:
      return fmt::format("exited with {}", report.status);
    case Ending::kFaulted:
      return outcome.fault ? fault_text(*outcome.fault, report.touched, report.address_digits)
                           : "fault";
    case Ending::kLimit:
      return fmt::format(
          "limit {} reached{}", outcome.limit,
          outcome.fault && touches_memory(*outcome.fault)
              ? ": " + access_text(*outcome.fault, report.touched, report.address_digits)
              : "");
    case Ending::kInterrupted:
      return outcome.signal == 2 ? "interrupted"
                                 : fmt::format("interrupted by signal {}", outcome.signal);
    case Ending::kForbidden:
      return outcome.message;
    case Ending::kRunning:
      break;
  }
  return "still running";
}

class Collector {
 public:
  Collector(const Process& process, symbolize::Lookup* lookup)
      : process_(process),
        lookup_(lookup),
        isa_(process.isa()),
        memory_(process.memory()),
        symbols_(process.file(), process.placement().image_base, process.placement().image_end) {}

  Report collect() const {
    const Outcome& outcome = process_.outcome();
    Report report;
    report.program = process_.name();
    report.arch = isa_.arch;
    report.outcome = outcome;
    report.status = exit_status(outcome);
    add_calls(report);
    if (outcome.ending != Ending::kExited) add_state(report);
    if (outcome.abort_method) report.abort_method = abort_text(*outcome.abort_method);
    describe_ending(report, memory_, symbols_);
    return report;
  }

 private:
  ReportPlace place(std::uint64_t address, const std::optional<SymbolIndex::Hit>& hit) const {
    ReportPlace out{.address = address, .symbol = {}, .offset = 0, .text = {}};
    if (!hit) {
      out.text = location_text(address, symbols_, memory_);
      return out;
    }
    out.symbol = hit->name;
    out.offset = hit->offset;
    out.text = hit->offset == 0 ? out.symbol : fmt::format("{}+{:#x}", hit->name, hit->offset);
    return out;
  }
  ReportPlace place(std::uint64_t address) const { return place(address, symbols_.find(address)); }

  std::uint64_t pc() const {
    const Outcome& outcome = process_.outcome();
    if (outcome.fault) return outcome.fault->pc;
    const std::uint64_t now = process_.engine().read_register(isa_.cpu.pc);
    if (outcome.ending != Ending::kForbidden) return now;
    // The trap itself, not what follows it.
    const auto calls = process_.recent_syscalls();
    for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
      if (call->sequence == outcome.syscalls) return call->registers.pc;
    }
    return now;
  }

  std::string abort_text(const AbortMethod& method) const {
    switch (method.ending) {
      case AbortMethod::Ending::kReturned:
        break;
      case AbortMethod::Ending::kFaulted: {
        const emu::Fault& fault = *method.fault;
        constexpr unsigned kDigits = 8;
        const std::string touched = touched_text(fault.address, memory_, symbols_);
        return fmt::format("faulted: {}, at {} (0x{:0{}x})", fault_text(fault, touched, kDigits),
                           place(fault.pc).text, fault.pc, kDigits);
      }
      case AbortMethod::Ending::kCutShort:
        return "was cut short: " + method.detail;
      case AbortMethod::Ending::kStopped:
        return "was interrupted";
    }
    return {};
  }

  void add_stack(Report& report) const {
    constexpr std::size_t kWords = 8;
    const unsigned size = isa_.cpu.pointer_bytes();
    report.word_bytes = size;
    std::uint64_t at = process_.engine().read_register(isa_.cpu.sp);
    // The 6502's stack pointer is below what was pushed.
    if (isa_.cpu.return_style == arch::ReturnStyle::kPushedLessOne) ++at;
    std::array<std::uint8_t, 8> raw{};
    for (std::size_t i = 0; i < kWords; ++i, at += size) {
      if (!memory_.peek(at, std::span(raw).first(size))) return;
      const std::uint64_t value = load(Bytes(raw).first(size), isa_.cpu.byte_order);
      report.stack.push_back(
          {at, value, symbols_.in_image(value) ? place(value).text : std::string()});
    }
  }

  void add_state(Report& report) const {
    const emu::Engine& engine = process_.engine();
    const std::uint64_t at = pc();
    if (at >> 32 != 0) report.address_digits = 16;
    report.place = place(at);
    const auto& fault = report.outcome.fault;
    const std::size_t after = fault && !fault->pc_exact ? kAfterBlock : kAfter;
    for (const auto& one : neighbourhood(at, engine, memory_, symbols_, kBefore, after)) {
      if (fault && fault->pc_exact && one.address == at)
        report.operands = operand_values(one, engine, memory_);
      report.instructions.push_back({.place = place(one.address),
                                     .bytes = one.bytes,
                                     .text = annotated(one, symbols_),
                                     .current = one.address == at});
    }
    for (std::size_t i = 0; i < isa_.cpu.general().size(); ++i) {
      report.registers.push_back({isa_.cpu.general()[i].name, isa_.cpu.general()[i].bits,
                                  engine.read_register(static_cast<emu::RegisterIndex>(i))});
    }
    report.flags = engine.flags();
    if (fault) add_stack(report);
    for (const Frame& frame : runtime::backtrace(at, engine, memory_, symbols_, lookup_)) {
      report.backtrace.push_back(place(frame.pc, frame.symbol(symbols_)));
      report.backtrace.back().source = source(frame.is_return ? frame.pc - 1 : frame.pc);
    }
    add_sources(report);
  }

  std::optional<symbolize::SourceLine> source(std::uint64_t address) const {
    if (lookup_ == nullptr || !symbols_.in_image(address)) return std::nullopt;
    return lookup_->line(address);
  }

  void add_sources(Report& report) const {
    if (lookup_ == nullptr) return;
    const std::uint64_t at = report.place->address;
    report.place->source = source(at);
    if (report.place->source) report.source_text = lookup_->source_text(*report.place->source);
    std::uint64_t size = 1;
    for (const ReportInstruction& one : report.instructions) {
      if (one.current && !one.bytes.empty()) size = one.bytes.size();
    }
    if (symbols_.in_image(at)) report.origin = lookup_->origin(at, size);
    const auto& fault = report.outcome.fault;
    if (fault && touches_memory(*fault) && fault->address != at &&
        symbols_.in_image(fault->address)) {
      report.touched_origin =
          lookup_->origin(fault->address, std::max<std::uint32_t>(1, fault->size));
    }
  }

  void add_calls(Report& report) const {
    const CaptureOptions options;
    const TraceContext context{isa_, memory_, symbols_, options};
    CapturedCall call;
    for (const SyscallEvent& event : process_.recent_syscalls()) {
      call.enter(event, isa_, memory_, options);
      call.exit(event, isa_, memory_, options);
      fmt::memory_buffer text;
      append_call_text(text, call, context);
      report.calls.push_back(fmt::to_string(text));
      fmt::memory_buffer json;
      json.push_back('{');
      append_json_call(json, call, context);
      json.push_back('}');
      report.json_calls.push_back(fmt::to_string(json));
    }
  }

  const Process& process_;
  symbolize::Lookup* lookup_;
  const emu::Isa& isa_;
  const emu::GuestMemory& memory_;
  SymbolIndex symbols_;
};

}  // namespace

void describe_ending(Report& report, const emu::GuestMemory& memory, const SymbolIndex& symbols) {
  const auto& fault = report.outcome.fault;
  if (fault && touches_memory(*fault)) {
    report.touched = touched_text(fault->address, memory, symbols);
    if (fault->address >> 32 != 0) report.address_digits = 16;
  }
  report.summary = ending_summary(report);
}

Report make_report(const Process& process, symbolize::Lookup* lookup) {
  return Collector(process, lookup).collect();
}

Result<void> write_report(const std::string& path, const Report& report) {
  return write_host_file(path, as_bytes(report_json(report)));
}

Result<void> write_error_report(const std::string& path, std::string_view program,
                                const Error& error, int status) {
  return write_host_file(path, as_bytes(error_report_json(program, error, status)));
}

Result<void> write_limit_report(const std::string& path, std::string_view program,
                                std::string_view limit, std::string_view summary, int status) {
  return write_host_file(path, as_bytes(limit_report_json(program, limit, summary, status)));
}

}  // namespace cmos::runtime

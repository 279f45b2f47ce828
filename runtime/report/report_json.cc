#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "runtime/report/report.h"
#include "runtime/trace/trace_text.h"

namespace cmos::runtime {
namespace {

using Json = nlohmann::ordered_json;

std::string hex(std::uint64_t value) {
  return fmt::format("{:#x}", value);
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(std::string(text));
}

template <class T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json source_json(const std::optional<symbolize::SourceLine>& source) {
  if (!source) return nullptr;
  return {{"file", source->file},
          {"line", source->line},
          {"column", source->column == 0 ? Json(nullptr) : Json(source->column)}};
}

Json place_json(const ReportPlace& place) {
  return {{"address", hex(place.address)},
          {"symbol", text_or_null(place.symbol)},
          {"offset", place.offset},
          {"text", place.text}};
}

Json sourced_place_json(const ReportPlace& place) {
  Json out = place_json(place);
  out["source"] = source_json(place.source);
  return out;
}

Json origin_json(const std::optional<symbolize::Origin>& origin) {
  if (!origin) return nullptr;
  Json relocations = Json::array();
  for (const symbolize::OriginRelocation& one : origin->relocations) {
    relocations.push_back({{"address", hex(one.place)},
                           {"type", one.type},
                           {"symbol", text_or_null(one.symbol)},
                           {"addend", one.addend}});
  }
  return {{"kind", origin->kind},
          {"file", text_or_null(origin->file)},
          {"section", text_or_null(origin->section)},
          {"offset", origin->offset},
          {"symbol", text_or_null(origin->symbol)},
          {"relocations", std::move(relocations)}};
}

std::string_view access_name(emu::Access access) {
  switch (access) {
    case emu::Access::kRead:
      return "read";
    case emu::Access::kWrite:
      return "write";
    case emu::Access::kExecute:
      return "execute";
    case emu::Access::kNone:
      break;
  }
  return "";
}

Json fault_json(const Report& report) {
  if (!report.outcome.fault) return nullptr;
  const emu::Fault& fault = *report.outcome.fault;
  const bool memory =
      fault.kind == emu::FaultKind::kMemory || fault.kind == emu::FaultKind::kMisaligned;
  return {{"kind", std::string(name(fault.kind))},
          {"pc", hex(fault.pc)},
          {"pc_exact", fault.pc_exact},
          {"access", text_or_null(access_name(fault.access))},
          {"address", memory ? Json(hex(fault.address)) : Json(nullptr)},
          {"size", memory ? Json(fault.size) : Json(nullptr)},
          {"touched", text_or_null(report.touched)},
          {"detail", text_or_null(fault.detail)}};
}

Json instructions_json(const Report& report) {
  Json out = Json::array();
  for (const ReportInstruction& one : report.instructions) {
    std::string bytes;
    for (const std::uint8_t byte : one.bytes) bytes += fmt::format("{:02x}", byte);
    Json line = place_json(one.place);
    line["text"] = one.text;
    line["bytes"] = bytes;
    line["current"] = one.current;
    out.push_back(std::move(line));
  }
  return out;
}

Json operands_json(const Report& report) {
  Json out = Json::array();
  for (const OperandValue& one : report.operands)
    out.push_back({{"name", one.name}, {"value", hex(one.value)}});
  return out;
}

Json stack_json(const Report& report) {
  Json out = Json::array();
  for (const ReportWord& one : report.stack) {
    out.push_back({{"address", hex(one.address)},
                   {"value", fmt::format("0x{:0{}x}", one.value, report.word_bytes * 2)},
                   {"text", text_or_null(one.text)}});
  }
  return out;
}

Json state_json(const Report& report) {
  if (!report.place) return nullptr;
  Json registers = Json::object();
  for (const ReportRegister& one : report.registers) {
    registers[std::string(one.name)] = fmt::format("0x{:0{}x}", one.value, one.bits / 4);
  }
  Json backtrace = Json::array();
  for (const ReportPlace& frame : report.backtrace) backtrace.push_back(sourced_place_json(frame));
  return {{"place", sourced_place_json(*report.place)},
          {"source_text", value_or_null(report.source_text)},
          {"origin", origin_json(report.origin)},
          {"touched_origin", origin_json(report.touched_origin)},
          {"instructions", instructions_json(report)},
          {"registers", std::move(registers)},
          {"flags", report.flags},
          {"operands", operands_json(report)},
          {"stack", stack_json(report)},
          {"backtrace", std::move(backtrace)}};
}

Json calls_json(const Report& report) {
  Json out = Json::array();
  for (const std::string& call : report.json_calls) {
    out.push_back(Json::parse(call, nullptr, /*allow_exceptions=*/false));
  }
  return out;
}

Json budget_json(const ReportBudget& one) {
  return {{"minimum", one.minimum},
          {"requested", one.requested},
          {"size", one.size},
          {"used", one.used}};
}

Json budgets_json(const Report& report) {
  if (!report.budgets) return nullptr;
  return {{"stack", budget_json(report.budgets->stack)},
          {"heap", budget_json(report.budgets->heap)}};
}

std::string_view result_name(ReportTrace::Result result) {
  switch (result) {
    case ReportTrace::Result::kSame:
      return "same";
    case ReportTrace::Result::kDifferent:
      return "different";
    case ReportTrace::Result::kWritten:
      return "written";
    case ReportTrace::Result::kUnchanged:
      return "unchanged";
  }
  return "same";
}

Json expected_trace_json(const Report& report) {
  if (!report.expected_trace) return nullptr;
  const ReportTrace& trace = *report.expected_trace;
  Json out{{"file", trace.file},
           {"result", std::string(result_name(trace.result))},
           {"difference", nullptr}};
  if (trace.difference) {
    out["difference"] = {{"expected_line", trace.difference->expected_line},
                         {"found_line", trace.difference->found_line},
                         {"expected", text_or_null(trace.difference->expected)},
                         {"found", text_or_null(trace.difference->found)},
                         {"what", text_or_null(trace.difference->what)}};
  }
  return out;
}

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kHostIo:
      return "host-io";
    case ErrorCode::kNotFound:
      return "not-found";
    case ErrorCode::kUnreadable:
      return "unreadable";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kLimit:
      return "limit";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

/// Names may hold bytes that JSON cannot: they are replaced, never refused.
std::string dump(const Json& json) {
  return presentable_json(json.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

/// A report of a run that left no state to show.
Json stateless_json(std::string_view program, std::string_view ending, std::string_view summary,
                    int status) {
  return {{"program", std::string(program)},
          {"arch", nullptr},
          {"ending", std::string(ending)},
          {"status", status},
          {"code", nullptr},
          {"limit", nullptr},
          {"signal", nullptr},
          {"summary", std::string(summary)},
          {"counts", nullptr},
          {"budgets", nullptr},
          {"fault", nullptr},
          {"state", nullptr},
          {"abort_method", nullptr},
          {"last_calls", Json::array()},
          {"expected_trace", nullptr},
          {"error", nullptr}};
}

}  // namespace

std::string report_json(const Report& report) {
  const Outcome& outcome = report.outcome;
  const bool exited = outcome.ending == Ending::kExited;
  const bool interrupted = outcome.ending == Ending::kInterrupted;
  return dump({{"program", report.program},
               {"arch", report.arch},
               {"ending", std::string(name(outcome.ending))},
               {"status", report.status},
               {"code", exited ? Json(outcome.code) : Json(nullptr)},
               {"limit", text_or_null(outcome.limit)},
               {"signal", interrupted ? Json(outcome.signal) : Json(nullptr)},
               {"summary", report.summary},
               {"counts",
                {{"system_calls", outcome.syscalls},
                 {"instructions", value_or_null(outcome.instructions)},
                 {"output_bytes", outcome.output_bytes},
                 {"peak_memory", outcome.peak_memory}}},
               {"budgets", budgets_json(report)},
               {"fault", fault_json(report)},
               {"state", state_json(report)},
               {"abort_method", text_or_null(report.abort_method)},
               {"last_calls", calls_json(report)},
               {"expected_trace", expected_trace_json(report)},
               {"error", nullptr}});
}

std::string error_report_json(std::string_view program, const Error& error, int status) {
  Json out = stateless_json(program, "error", error.text(), status);
  out["error"] = {
      {"code", std::string(code_name(error.code))}, {"file", text_or_null(error.file)},
      {"offset", value_or_null(error.offset)},      {"field", text_or_null(error.field)},
      {"found", text_or_null(error.found)},         {"expected", text_or_null(error.expected)},
      {"message", text_or_null(error.message)}};
  return dump(out);
}

std::string limit_report_json(std::string_view program, std::string_view limit,
                              std::string_view summary, int status) {
  Json out = stateless_json(program, "limit", summary, status);
  out["limit"] = std::string(limit);
  return dump(out);
}

}  // namespace cmos::runtime

#include "formats/coil/validate.h"

#include <fmt/format.h>

#include <algorithm>

namespace cmos::coil {
namespace {

void validate_object(Bytes bytes, Level level, Findings& findings, Statistics& statistics) {
  const auto file = parse_object(bytes, findings);
  if (!file) return;
  statistics.symbols = file->symbols.size();
  statistics.sections = file->sections.size();
  statistics.relocations = file->relocations.size();
  // What follows relies on the structure.
  if (level == Level::kBasic || findings.has_errors()) return;
  check_tables(*file, findings);
  if (level == Level::kStrict) check_tables_strictly(*file, findings);
  check_code(*file, level, findings, statistics);
  if (file->debug) check_debug(*file->debug, findings);
}

void validate_cbc(Bytes bytes, Level level, Findings& findings, Statistics& statistics) {
  const auto file = parse_cbc(bytes, findings);
  if (!file) return;
  statistics.constants = file->constants.size();
  statistics.functions = file->functions.size();
  if (level == Level::kBasic || findings.has_errors()) return;
  check_cbc(*file, level, findings, statistics);
  if (file->debug) check_debug(*file->debug, findings);
}

void validate_debug(Bytes bytes, Level level, Findings& findings, Statistics& statistics) {
  const auto file = parse_debug_file(bytes, findings);
  if (!file) return;
  statistics.symbols = file->symbols.size();
  statistics.functions = file->debug.functions.size();
  if (level == Level::kBasic || findings.has_errors()) return;
  check_debug(file->debug, findings);
}

}  // namespace

Validation validate(Bytes bytes, std::string_view file, FileKind kind, Level level) {
  Findings findings(file);
  Validation out;
  switch (kind) {
    case FileKind::kObject:
    case FileKind::kOutput: {
      const FileKindRow* row = kind_of(bytes);
      if (row == nullptr || row->kind != kind)
        parse_header(bytes, kind, findings);
      else
        validate_object(bytes, level, findings, out.statistics);
      break;
    }
    case FileKind::kBytecode:
      validate_cbc(bytes, level, findings, out.statistics);
      break;
    case FileKind::kDebug:
      validate_debug(bytes, level, findings, out.statistics);
      break;
  }
  out.findings = std::move(findings).take(level == Level::kStrict);
  return out;
}

bool is_built_in_abi(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "x86_64_sysv", "linux_x86_64",  "x86_64_windows",   "arm64",
      "riscv",       "linux_syscall", "platform_syscall", "platform_default"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

bool compatible(const Type& to, const Type& from) {
  const TypeRow* a = type_row(to.code());
  const TypeRow* b = type_row(from.code());
  if (a == nullptr || b == nullptr || a->code == b->code) return true;
  // Only numbers can be told apart here; vectors work by lanes and take scalars for all of them.
  if (!is_scalar(a->kind) || !is_scalar(b->kind)) return true;
  const bool pointer = a->kind == TypeKind::kPointer || b->kind == TypeKind::kPointer;
  if (pointer) return a->kind != TypeKind::kFloat && b->kind != TypeKind::kFloat;
  return a->kind == b->kind && b->size <= a->size;
}

void check_debug(const DebugInfo& debug, Findings& findings) {
  auto reference = [&](std::string_view field, std::uint64_t value, std::uint64_t count) {
    if (value == kAbsent || value < count) return;
    findings.add(rules_of::kDebugReference.rule, 0, field, fmt::format("{}", value),
                 fmt::format("less than {}, or 0xffffffff", count));
  };
  auto order = [&](std::string_view field, std::uint32_t start, std::uint32_t end) {
    if (start <= end) return;
    findings.add(rules_of::kDebugOrder.rule, 0, field, fmt::format("{} behind {}", start, end),
                 "ascending offsets");
  };
  const std::size_t strings = debug.strings.size();
  for (const DebugSource& one : debug.sources) reference("source name_offset", one.name, strings);
  std::uint32_t last = 0;
  for (const DebugLine& one : debug.lines) {
    if (debug.source(one.source) == nullptr) reference("line file_id", one.source, 0);
    order("line offset", last, one.offset);
    last = one.offset;
  }
  for (const DebugType& one : debug.types) {
    reference("type name_offset", one.name, strings);
    reference("type parent_type", one.parent, debug.types.size());
  }
  for (const DebugField& one : debug.fields) {
    reference("field name_offset", one.name, strings);
    reference("field type_index", one.type, debug.types.size());
  }
  for (const DebugVariable& one : debug.variables) {
    reference("variable name_offset", one.name, strings);
    reference("variable type_index", one.type, debug.types.size());
    reference("variable scope_index", one.scope, debug.scopes.size());
    order("variable start_offset", one.start, one.end);
  }
  for (const DebugScope& one : debug.scopes) {
    reference("scope parent", one.parent, debug.scopes.size());
    reference("scope name_offset", one.name, strings);
    order("scope start", one.start, one.end);
  }
  for (const DebugFunction& one : debug.functions) {
    reference("function name_offset", one.name, strings);
    reference("function scope_index", one.scope, debug.scopes.size());
    reference("function abi_index", one.abi, strings);
    order("function start", one.start, one.end);
  }
  for (const std::uint32_t one : debug.parameters)
    reference("param_list", one, debug.variables.size());
}

}  // namespace cmos::coil

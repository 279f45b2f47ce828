#include "inspect/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "formats/registry/registry.h"
#include "inspect/rules.h"
#include "inspect/text.h"

namespace cmos::inspect {
namespace {

using Json = nlohmann::ordered_json;

Json optional_text(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(json_text(text));
}

Json finding_json(const Finding& finding) {
  const Error& where = finding.where;
  return {{"severity", severity_name(finding.severity)},
          {"rule", finding.rule},
          {"spec", finding.section},
          {"file", json_text(where.file)},
          {"offset", where.offset ? Json(*where.offset) : Json(nullptr)},
          {"field", optional_text(where.field)},
          {"found", optional_text(where.found)},
          {"expected", optional_text(where.expected)},
          {"message", optional_text(where.message)}};
}

}  // namespace

std::size_t Report::count(Severity severity) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [severity](const Finding& one) { return one.severity == severity; }));
}

Report validate(Bytes bytes, const std::string& file, bool strict) {
  Report out;
  out.file = file;
  const formats::Format* format = formats::detect(bytes);
  if (format == nullptr) {
    Findings findings(file);
    findings.add(rules::kUnknownFormat, formats::unrecognized(bytes, file));
    out.findings = std::move(findings).take(false);
    return out;
  }
  out.format = format->name;
  out.findings = format->validate(bytes, file);
  for (Finding& one : out.findings) {
    if (strict && one.severity == Severity::kWarning) one.severity = Severity::kError;
  }
  return out;
}

std::string finding_text(const Finding& finding) {
  Error where = finding.where;
  const std::string file = shown(where.file);
  where.file.clear();
  return fmt::format("{}: {}: {} [{}, {}]", file, severity_name(finding.severity), where.text(),
                     finding.rule, finding.section);
}

Json report_json(const Report& report) {
  Json findings = Json::array();
  for (const Finding& one : report.findings) findings.push_back(finding_json(one));
  return {{"file", json_text(report.file)},
          {"format", report.format.empty() ? Json(nullptr) : Json(report.format)},
          {"valid", report.count(Severity::kError) == 0},
          {"errors", report.count(Severity::kError)},
          {"warnings", report.count(Severity::kWarning)},
          {"notes", report.count(Severity::kHint)},
          {"findings", std::move(findings)}};
}

Json rules_json() {
  Json out = Json::array();
  for (const RuleRow& row : rule_table())
    out.push_back({{"format", row.format},
                   {"rule", row.rule.name},
                   {"severity", severity_name(row.rule.severity)},
                   {"spec", row.rule.section},
                   {"meaning", row.meaning}});
  return out;
}

}  // namespace cmos::inspect

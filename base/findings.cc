#include "base/findings.h"

#include <fmt/format.h>

namespace cmos {
namespace {

constexpr std::size_t kMostPerRule = 100;

}  // namespace

void Findings::add(const Rule& rule, Error where) {
  has_errors_ |= rule.severity == Severity::kError;
  if (++per_rule_[rule.name] > kMostPerRule) return;
  where.file = file_;
  list_.push_back({rule.severity, rule.name, rule.section, std::move(where)});
}

void Findings::add(const Rule& rule, std::uint64_t offset, std::string_view field,
                   std::string found, std::string expected) {
  add(rule, Error{.code = ErrorCode::kMalformed,
                  .offset = offset,
                  .field = std::string(field),
                  .found = std::move(found),
                  .expected = std::move(expected)});
}

std::vector<Finding> Findings::take(bool strict) && {
  for (auto last = list_.rbegin(); last != list_.rend(); ++last) {
    std::size_t& count = per_rule_[last->rule];
    if (count > kMostPerRule) {
      last->where.message = fmt::format("and {} more findings like this one", count - kMostPerRule);
      count = 0;
    }
  }
  for (Finding& finding : list_) {
    if (strict && finding.severity == Severity::kWarning) finding.severity = Severity::kError;
  }
  return std::move(list_);
}

std::vector<Finding> first_fault(std::string_view file, Error fault, const Rule& malformed,
                                 const Rule& unsupported) {
  Findings out(file);
  out.add(fault.code == ErrorCode::kUnsupported ? unsupported : malformed, std::move(fault));
  return std::move(out).take(false);
}

}  // namespace cmos

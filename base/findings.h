// Collects what a parse establishes about one file. Severities are the rules' own; strictness is
// applied at the end, because the choice between two readings of a file (abi 1.1) must not depend
// on it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cmos {

/// A rule that a file of some format can break: stable name, section of the specification, gravity.
struct Rule {
  std::string_view name;
  std::string_view section;
  Severity severity = Severity::kError;
};

/// A rule with what is wrong with a file that breaks it, for people: a row of its format's table.
struct RuleRow {
  Rule rule;
  std::string_view meaning;
};

class Findings {
 public:
  explicit Findings(std::string_view file) : file_(file) {}

  /// `where` comes without file; its code is kept.
  void add(const Rule& rule, Error where);
  void add(const Rule& rule, std::uint64_t offset, std::string_view field, std::string found,
           std::string expected);

  bool has_errors() const { return has_errors_; }
  /// In the order in which they were established; `strict` turns warnings into errors (abi 1.6).
  std::vector<Finding> take(bool strict) &&;

 private:
  std::string file_;
  std::vector<Finding> list_;
  // A table of millions of equal symbols must not become gigabytes of findings.
  std::map<std::string_view, std::size_t> per_rule_;
  bool has_errors_ = false;
};

/// What there is to say of a file whose reader stops at its first fault: kUnsupported breaks the
/// one rule, everything else the other.
std::vector<Finding> first_fault(std::string_view file, Error fault, const Rule& malformed,
                                 const Rule& unsupported);

}  // namespace cmos

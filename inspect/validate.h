// What is wrong with a file: every finding that can be established, with its rule.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/findings.h"

namespace cmos::inspect {

/// A rule as --list-rules shows it.
struct RuleRow {
  std::string_view format;  ///< "cpe", "cpo", "elf", "archive", or "any"
  Rule rule;
  std::string_view meaning;  ///< what is wrong
};
/// All rules of all formats, by format.
std::vector<RuleRow> rule_table();

struct Report {
  std::string file;
  std::string_view format;  ///< empty when it is not known
  std::vector<Finding> findings;
  std::size_t count(Severity severity) const;
};
/// `strict` turns warnings into errors.
Report validate(Bytes bytes, const std::string& file, bool strict);

/// One line: "error: a.o: offset 0x10: …: found …, expected … [rule, cpe 1.1]".
std::string finding_text(const Finding& finding);
nlohmann::ordered_json report_json(const Report& report);
nlohmann::ordered_json rules_json();

}  // namespace cmos::inspect

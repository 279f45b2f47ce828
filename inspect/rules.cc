#include "inspect/rules.h"

#include "formats/registry/registry.h"
#include "inspect/validate.h"

namespace cmos::inspect {

std::vector<RuleRow> rule_table() {
  std::vector<RuleRow> out{
      {"any", rules::kUnknownFormat, "the file begins like nothing that is known here"}};
  for (const formats::Format* format : formats::all()) {
    if (format->rules == nullptr) continue;
    for (const cmos::RuleRow& row : format->rules())
      out.push_back({format->name, row.rule, row.meaning});
  }
  return out;
}

}  // namespace cmos::inspect

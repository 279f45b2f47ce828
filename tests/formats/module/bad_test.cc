// bad-modules.txt: one fault in each file; the reader names offset, field, what was found and what
// was expected, and the validator finds the same error first. A case is three lines: its name, its
// bytes, the error.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "formats/module/module.h"
#include "formats/module/rules.h"
#include "tests/formats/whitesmith/hex.h"

namespace cmos::mod {
namespace {

TEST(ModuleBad, every_fault_is_named) {
  std::ifstream in(std::string(CMOS_SOURCE_DIR) + "/tests/formats/module/bad-modules.txt");
  std::size_t count = 0;
  std::set<std::string_view> rules_met;
  for (std::string name; std::getline(in, name);) {
    if (name.empty() || name[0] == '#') continue;
    std::string line;
    std::string error;
    std::getline(in, line);
    std::getline(in, error);
    SCOPED_TRACE(name);
    EXPECT_TRUE(name.starts_with("bad-"));
    const auto bytes = whitesmith::test::hex(line);
    const auto result = read(bytes, "f");
    EXPECT_EQ(result ? "it was read" : result.error().text(), error);
    const auto findings = validate(bytes, "f");
    const auto first = std::find_if(findings.begin(), findings.end(), [](const Finding& one) {
      return one.severity == Severity::kError;
    });
    ASSERT_NE(first, findings.end());
    EXPECT_EQ(first->where.text(), error);
    EXPECT_TRUE(first->where.offset.has_value());
    rules_met.insert(first->rule);
    ++count;
  }
  EXPECT_GE(count, 90U);
  for (const RuleRow& row : rules::table()) {
    if (row.rule.severity == Severity::kError) {
      EXPECT_TRUE(rules_met.contains(row.rule.name)) << row.rule.name;
    }
  }
}

}  // namespace
}  // namespace cmos::mod

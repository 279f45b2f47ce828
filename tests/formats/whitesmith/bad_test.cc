// bad-objects.txt and bad-archives.txt: one fault in each file; the reader names offset, field,
// what was found and what was expected, and the validator finds the same error.
//
// A case is three lines: its name, its bytes, the error.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "formats/whitesmith/archive.h"
#include "formats/whitesmith/whitesmith.h"
#include "tests/formats/whitesmith/hex.h"

namespace cmos::whitesmith {
namespace {

struct Case {
  std::string name;
  std::vector<std::uint8_t> bytes;
  std::string error;
};

std::vector<Case> cases_of(const std::string& file) {
  std::ifstream in(std::string(CMOS_SOURCE_DIR) + "/tests/formats/whitesmith/" + file);
  std::vector<Case> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    Case one;
    one.name = line;
    std::getline(in, line);
    one.bytes = test::hex(line);
    std::getline(in, one.error);
    out.push_back(std::move(one));
  }
  return out;
}

using Validate = std::vector<Finding> (*)(Bytes, std::string_view);

void check(const Case& one, const std::string& error, Validate validate) {
  SCOPED_TRACE(one.name);
  EXPECT_TRUE(one.name.starts_with("bad-"));
  EXPECT_EQ(error, one.error);
  const std::vector<Finding> findings = validate(one.bytes, "f");
  const auto first = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::kError;
  });
  ASSERT_NE(first, findings.end());
  EXPECT_EQ(first->where.text(), one.error);
  EXPECT_TRUE(first->where.offset.has_value());
}

TEST(WhitesmithBad, objects) {
  const std::vector<Case> cases = cases_of("bad-objects.txt");
  EXPECT_GE(cases.size(), 50U);
  for (const Case& one : cases) {
    const auto result = read(one.bytes, "f");
    check(one, result ? "it was read" : result.error().text(), validate);
  }
}

TEST(WhitesmithBad, archives) {
  const std::vector<Case> cases = cases_of("bad-archives.txt");
  EXPECT_GE(cases.size(), 10U);
  for (const Case& one : cases) {
    const auto result = read_archive(one.bytes, "f");
    check(one, result ? "it was read" : result.error().text(), validate_archive);
  }
}

}  // namespace
}  // namespace cmos::whitesmith

// Every bad-*.hex file breaks one rule, and no other; every rule has such a file and a row in the
// documentation.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/host_file.h"
#include "formats/coil/validate.h"
#include "tests/formats/coil/hex.h"

namespace cmos::coil {
namespace {

struct BadFile {
  std::string name;
  std::string kind;
  std::string rule;
  std::vector<std::uint8_t> bytes;
};

std::vector<BadFile> bad_files() {
  std::vector<BadFile> out;
  for (const auto& entry : std::filesystem::directory_iterator(CMOS_SOURCE_DIR "/tests/coil/bad")) {
    std::ifstream in(entry.path());
    BadFile one;
    one.name = entry.path().filename();
    std::string mark;
    in >> mark >> one.kind >> one.rule;
    std::ostringstream rest;
    rest << in.rdbuf();
    one.bytes = from_hex(rest.str());
    out.push_back(std::move(one));
  }
  return out;
}

FileKind kind_named(const std::string& name) {
  for (const FileKindRow& row : file_kinds()) {
    if (row.name == name) return row.kind;
  }
  ADD_FAILURE() << name;
  return FileKind::kObject;
}

TEST(CoilBadFiles, EachIsCaughtByItsRuleAlone) {
  const std::vector<BadFile> files = bad_files();
  EXPECT_GE(files.size(), 100u);
  std::set<std::string> caught;
  for (const BadFile& one : files) {
    const Validation out = validate(one.bytes, one.name, kind_named(one.kind), Level::kStrict);
    std::set<std::string> rules;
    for (const Finding& finding : out.findings) rules.emplace(finding.rule);
    EXPECT_EQ(rules, std::set<std::string>{one.rule}) << one.name;
    const RuleRow* row = rule_row(one.rule);
    ASSERT_NE(row, nullptr) << one.name << ": " << one.rule;
    caught.insert(one.rule);
    // A rule is silent below its level.
    if (row->level == Level::kBasic) continue;
    const Level below = row->level == Level::kStrict ? Level::kThorough : Level::kBasic;
    for (const Finding& finding :
         validate(one.bytes, one.name, kind_named(one.kind), below).findings)
      EXPECT_NE(finding.rule, one.rule) << one.name;
  }
  for (const RuleRow& row : rules())
    EXPECT_TRUE(caught.contains(std::string(row.rule.name))) << row.rule.name << " has no file";
}

TEST(CoilBadFiles, EveryRuleIsDocumentedAsItIs) {
  const auto bytes = read_host_file(CMOS_SOURCE_DIR "/docs/coil.md");
  ASSERT_TRUE(bytes);
  const std::string text(as_text(Bytes(*bytes)));
  std::size_t documented = 0;
  for (std::size_t at = text.find("\n| `"); at != std::string::npos;
       at = text.find("\n| `", at + 1))
    ++documented;
  for (const RuleRow& row : rules()) {
    const std::string name = "| `" + std::string(row.rule.name) + "` |";
    const std::size_t at = text.find(name);
    ASSERT_NE(at, std::string::npos) << name;
    const std::string line = text.substr(at, text.find('\n', at) - at);
    EXPECT_NE(line.find(row.meaning), std::string::npos) << line;
    EXPECT_NE(line.find("| " + std::string(cmos::coil::name(row.level)) + " |"), std::string::npos)
        << line;
    EXPECT_NE(line.find("| " + std::string(row.rule.section.substr(5)) + " |"), std::string::npos)
        << line;
  }
  // Rows of the header table begin with a name in quotes as well.
  EXPECT_GE(documented, rules().size());
}

}  // namespace
}  // namespace cmos::coil

// The examples of docs/assembly.md.
#include <fstream>
#include <sstream>

#include "tests/assembler/fixture.h"

namespace cmos::assembler {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> examples(const std::string& text) {
  std::vector<std::string> out;
  const std::string open = "```asm\n";
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    at += open.size();
    out.push_back(text.substr(at, text.find("```", at) - at));
  }
  return out;
}

TEST(Documentation, EveryExampleIsAssembledWithoutAWord) {
  const std::vector<std::string> all =
      examples(read_text(std::string(CMOS_SOURCE_DIR) + "/docs/assembly.md"));
  EXPECT_GE(all.size(), 6u);
  for (const std::string& text : all) {
    AssembleOptions options = with_files({{"cmos_abi.asm", ".define CMOS_OPEN_READ 1\n"}}, "");
    const Output out = assemble_text(text, options);
    EXPECT_EQ(out.messages, "") << text;
    EXPECT_FALSE(out.cpo.empty());
  }
}

}  // namespace
}  // namespace cmos::assembler

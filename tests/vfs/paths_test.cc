#include "vfs/paths.h"

#include <gtest/gtest.h>

#include <map>

#include "base/bytes.h"
#include "base/text.h"
#include "vfs/setup.h"

namespace cmos::vfs {
namespace {

std::string parsed(std::string_view text) {
  const auto path = Path::parse(text);
  return path ? path->text() : std::string(name(path.error()));
}

TEST(Paths, AbsoluteInAnyCaseOfThePrefix) {
  EXPECT_EQ(parsed("Cmos:\\data\\a.txt"), "Cmos:\\data\\a.txt");
  EXPECT_EQ(parsed("cmos:\\data"), "Cmos:\\data");
  EXPECT_EQ(parsed("CMOS:\\Data"), "Cmos:\\Data") << "the rest is case-sensitive";
  EXPECT_EQ(parsed("cMoS:"), "Cmos:\\");
  EXPECT_EQ(parsed("Cmos:\\"), "Cmos:\\");
}

TEST(Paths, RelativeOnesLieBelowData) {
  EXPECT_EQ(parsed("a.txt"), "Cmos:\\data\\a.txt");
  EXPECT_EQ(parsed("\\a\\b"), "Cmos:\\data\\a\\b");
  EXPECT_EQ(parsed("."), "Cmos:\\data");
  EXPECT_EQ(parsed("Cmos"), "Cmos:\\data\\Cmos");
}

TEST(Paths, DotsAreLexicalAndStopAtTheTop) {
  EXPECT_EQ(parsed("a\\..\\b\\.\\c"), "Cmos:\\data\\b\\c");
  EXPECT_EQ(parsed("..\\sys_apps\\x"), "Cmos:\\sys_apps\\x");
  EXPECT_EQ(parsed("..\\..\\..\\..\\etc"), "Cmos:\\etc");
  EXPECT_EQ(parsed("Cmos:\\..\\..\\a"), "Cmos:\\a");
  EXPECT_EQ(parsed("..."), "Cmos:\\data\\...");
}

TEST(Paths, RepeatedAndTrailingSeparatorsCountOnce) {
  EXPECT_EQ(parsed("Cmos:\\\\data\\\\\\a\\"), "Cmos:\\data\\a");
}

TEST(Paths, BadOnesAreInvalid) {
  const std::string long_name(256, 'x');
  const std::string_view bad[] = {"",         "Cmos:data",   "a/b",          "a:b",
                                  "a\\b:",    "a\nb",        "\x7f",         "a\\\x01\\..",
                                  "\xff",     "\xc0\xaf",    "\xed\xa0\x80", "\xc2\x85",
                                  "C:\\data", "/etc/passwd", "Cmos:/data",   "..\\../x",
                                  "\xc2\x9f", "a\\\xc3",     "Cmos::\\data", long_name};
  for (const std::string_view text : bad)
    EXPECT_EQ(parsed(text), "invalid") << quote(as_bytes(text));
  EXPECT_EQ(parsed(std::string_view("a\0b", 3)), "invalid");
}

TEST(Paths, NamesUpTo255BytesAndAnyOtherCharacterAreFine) {
  EXPECT_EQ(parsed(std::string(255, 'x')), "Cmos:\\data\\" + std::string(255, 'x'));
  EXPECT_EQ(parsed("Größe 1*?\"<>|.txt"), "Cmos:\\data\\Größe 1*?\"<>|.txt");
  EXPECT_EQ(parsed("\xc2\xa0"), "Cmos:\\data\\\xc2\xa0")
      << "the first character after the C1 controls";
}

TEST(Paths, TakesPathsApart) {
  const Path path = *Path::parse("Cmos:\\data\\a\\b");
  EXPECT_EQ(path.joined(), "data/a/b");
  EXPECT_EQ(path.first(), "data");
  EXPECT_EQ(path.after(0), "data/a/b");
  EXPECT_EQ(path.after(1), "a/b");
  EXPECT_EQ(path.after(3), "");
  EXPECT_EQ(path.depth(), 3u);
  EXPECT_EQ(path.components(), (std::vector<std::string_view>{"data", "a", "b"}));
  EXPECT_TRUE(path.is_within("data/a"));
  EXPECT_TRUE(path.is_within(""));
  EXPECT_FALSE(path.is_within("data/a/b/c"));
  EXPECT_FALSE(path.is_within("dat"));
  EXPECT_EQ(Path().depth(), 0u);
  EXPECT_EQ(Path().after(1), "");
}

TEST(Paths, BackupNamesAreOneComponent) {
  for (const char* good : {"notes", "notes.bak", "..a", "Ä"})
    EXPECT_TRUE(valid_component(good)) << good;
  for (const char* bad : {"", ".", "..", "a\\b", "a/b", "..\\x", "c:", "a\tb"})
    EXPECT_FALSE(valid_component(bad)) << bad;
  EXPECT_FALSE(valid_component(std::string(256, 'a')));
}

TEST(Paths, ProgramNamesComeFromHostFiles) {
  EXPECT_EQ(program_name_for("dir/app.cpe"), "app");
  EXPECT_EQ(program_name_for("app.cxe"), "app");
  EXPECT_EQ(program_name_for("/x/app.bin/"), "app.bin");
  EXPECT_EQ(program_name_for(".cpe"), ".cpe");
  EXPECT_EQ(program_name_for("a:b\\c\n.cpe"), "a_b_c_");
  EXPECT_EQ(program_name_for("\xff\xc2\x85"), "___");
  EXPECT_EQ(program_name_for(".."), "program");
  EXPECT_EQ(program_name_for(""), "program");
  EXPECT_EQ(program_name_for(std::string(254, 'a') + "Ä.cpe"), std::string(254, 'a') + "_");
}

TEST(Mounts, AreParsed) {
  const auto plain = parse_mount("Cmos:\\src=/home/me/src");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->at.text(), "Cmos:\\src");
  EXPECT_EQ(plain->host_path, "/home/me/src");
  EXPECT_FALSE(plain->read_only);
  const auto nested = parse_mount("cmos:\\data\\lib\\c=a=b:ro");
  ASSERT_TRUE(nested);
  EXPECT_EQ(nested->at.text(), "Cmos:\\data\\lib\\c");
  EXPECT_EQ(nested->host_path, "a=b");
  EXPECT_TRUE(nested->read_only);
  const auto data = parse_mount("Cmos:\\data=x");
  ASSERT_TRUE(data);
  EXPECT_EQ(data->at.text(), "Cmos:\\data");
  const auto bare = parse_mount("src=.");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->at.text(), "Cmos:\\src");
}

TEST(Mounts, ErrorsNameTheOptionWhatWasFoundAndWhatWasExpected) {
  for (const char* bad :
       {"", "Cmos:\\src", "Cmos:\\=x", "Cmos:\\data\\..=x", "Cmos:\\sys_apps=x",
        "Cmos:\\sys_apps\\p=x", "Cmos:\\a/b=x", "Cmos:\\src=", "Cmos:\\src=:ro", "=x"}) {
    const auto mount = parse_mount(bad);
    ASSERT_FALSE(mount) << bad;
    EXPECT_EQ(mount.error().code, ErrorCode::kUsage);
    EXPECT_EQ(mount.error().field, "--mount");
    EXPECT_EQ(mount.error().found, bad);
    EXPECT_FALSE(mount.error().expected.empty());
  }
}

TEST(Root, IsTheOptionThenTheVariableThenTheDataFolder) {
  std::map<std::string, std::string> variables{
      {"CMOS_ROOT", "/r"}, {"XDG_DATA_HOME", "/xdg"}, {"HOME", "/home/me"}};
  const auto environment = [&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  EXPECT_EQ(choose_root("given", environment).value(), "given");
  EXPECT_EQ(choose_root(std::nullopt, environment).value(), "/r");
  variables["CMOS_ROOT"] = "";
  EXPECT_EQ(choose_root(std::nullopt, environment).value(), "/xdg/calamos");
  variables["XDG_DATA_HOME"] = "relative";
  EXPECT_EQ(choose_root(std::nullopt, environment).value(), "/home/me/.local/share/calamos");
  variables.clear();
  EXPECT_EQ(choose_root(std::nullopt, environment).error().code, ErrorCode::kUsage);
  EXPECT_EQ(choose_root("", environment).error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace cmos::vfs

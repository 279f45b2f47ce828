// Side files that are good, stale, damaged or missing: answers, or one warning, and never more.
// Source lines of real compilers are in tests/debugging.
#include "symbolize/side_file.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/host_file.h"
#include "tests/formats/debugmap/sample.h"

namespace cmos::symbolize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SideFileTest : public ::testing::Test {
 protected:
  ~SideFileTest() override {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  void write(Bytes bytes) { ASSERT_TRUE(write_host_file(path_, bytes)); }
  debugmap::SideFile sample() const {
    debugmap::SideFile file = debugmap::sample_side_file(object::Isa::kX86_64, code_);
    file.origins.digest = debugmap::digest_of(*program_);
    return file;
  }
  LazySideFile lookup(bool required = false) {
    return LazySideFile({.path = path_, .required = required, .program = program_, .warn = warn()});
  }
  Warn warn() {
    return [this](const std::string& text) { warnings_.push_back(text); };
  }

  const std::string path_ =
      ::testing::TempDir() + "cmos-" + std::to_string(::getpid()) + ".cpe.debug";
  const std::vector<std::uint8_t> code_ = std::vector<std::uint8_t>(64, 0x90);
  const std::shared_ptr<const std::vector<std::uint8_t>> program_ =
      std::make_shared<const std::vector<std::uint8_t>>(std::vector<std::uint8_t>{1, 2, 3});
  std::vector<std::string> warnings_;
};

TEST_F(SideFileTest, AMissingOneIsOnlySaidWhenItWasAskedFor) {
  EXPECT_FALSE(lookup().origin(0x400000, 1));
  EXPECT_THAT(warnings_, IsEmpty());
  LazySideFile wanted = lookup(true);
  EXPECT_FALSE(wanted.origin(0x400000, 1));
  EXPECT_FALSE(wanted.line(0x400000));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("No such file")));
}

TEST_F(SideFileTest, AnswersWhereBytesCameFrom) {
  write(*debugmap::write_side_file(sample()));
  LazySideFile file = lookup();
  const auto origin = file.origin(0x400010, 5);
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->text, "foo.o, .text+0x10");
  EXPECT_EQ(origin->offset, 0x10u);
  ASSERT_EQ(origin->relocations.size(), 1u);
  EXPECT_EQ(origin->relocations[0].text, "relocation pc32 against `bar`-4");
  EXPECT_FALSE(file.line(0x400000));
  EXPECT_FALSE(file.unwind(0x400000));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(SideFileTest, AStaleOneIsSaidAndNotUsed) {
  auto stale = sample();
  stale.origins.digest.size = 4;
  write(*debugmap::write_side_file(stale));
  LazySideFile file = lookup();
  EXPECT_FALSE(file.origin(0x400010, 5));
  EXPECT_FALSE(file.origin(0x400010, 5));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("belongs to another version of the program")));
}

TEST_F(SideFileTest, ADamagedElfFileIsSaidWithItsPlace) {
  auto bytes = *debugmap::write_side_file(sample());
  bytes.resize(bytes.size() - 1);
  write(bytes);
  EXPECT_FALSE(lookup().origin(0x400010, 5));
  EXPECT_THAT(warnings_, ElementsAre(::testing::AllOf(HasSubstr(path_), HasSubstr("offset 0x"))));
}

TEST_F(SideFileTest, ObjectsHaveNoFinalAddresses) {
  auto bytes = *debugmap::write_side_file(sample());
  bytes[16] = 1;  // ET_REL
  write(bytes);
  EXPECT_FALSE(lookup().line(0x400010));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("e_type")));
}

TEST_F(SideFileTest, DamagedOriginsLeaveTheRestUsable) {
  const auto bytes = *debugmap::write_side_file(sample());
  auto damaged = bytes;
  // The first placement's kind, which stands behind address and size.
  const std::vector<std::uint8_t> head{0x80, 0x80, 0x80, 0x02, 0x18, 0};
  const auto at = std::search(damaged.begin(), damaged.end(), head.begin(), head.end());
  ASSERT_NE(at, damaged.end());
  at[5] = 77;
  write(damaged);
  LazySideFile file = lookup();
  EXPECT_FALSE(file.origin(0x400010, 5));
  EXPECT_FALSE(file.origin(0x400010, 5));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("placement: kind: found 77")));
}

TEST_F(SideFileTest, DebugSectionsMayHoldAnything) {
  for (const int fill : {0x00, 0x01, 0x7f, 0xff}) {
    const std::vector<std::uint8_t> junk(4096, static_cast<std::uint8_t>(fill));
    auto file = sample();
    for (const char* name : {".debug_line", ".debug_info", ".debug_abbrev", ".debug_frame",
                             ".debug_str", ".debug_line_str", ".debug_ranges"}) {
      file.debug.push_back({.name = name, .bytes = junk});
    }
    write(*debugmap::write_side_file(file));
    LazySideFile lookup = this->lookup();
    EXPECT_FALSE(lookup.line(0x400010)) << fill;
    lookup.unwind(0x400010);
    EXPECT_TRUE(lookup.origin(0x400010, 5)) << fill;
    EXPECT_LE(warnings_.size(), 1u);
    warnings_.clear();
  }
}

TEST_F(SideFileTest, WhatUnpacksToGigabytesIsSaidAndNotRead) {
  auto file = sample();
  // Zlib's start, and 3 GiB as the size.
  const std::vector<std::uint8_t> bomb{'Z', 'L', 'I', 'B', 0, 0, 0, 0, 0xc0, 0, 0, 0, 0x78, 0x9c};
  file.debug.push_back({.name = ".debug_line", .bytes = bomb});
  file.debug.push_back({.name = ".zdebug_str", .bytes = bomb});
  write(*debugmap::write_side_file(file));
  LazySideFile lookup = this->lookup();
  EXPECT_FALSE(lookup.line(0x400010));
  EXPECT_TRUE(lookup.origin(0x400010, 5));
  EXPECT_THAT(
      warnings_,
      ElementsAre(HasSubstr("compressed section .zdebug_str: found 3221225472 bytes unpacked")));
}

TEST(SourceText, IsTheLineWithoutIndent) {
  const std::string path = ::testing::TempDir() + "cmos-" + std::to_string(::getpid()) + ".c";
  std::ofstream(path) << "one\n  two();  \r\n\x1b[2J\nlast\nadmin = \u202e;";
  const std::vector<std::string> here{::testing::TempDir()};
  EXPECT_EQ(source_text({path, 1}, here), "one");
  EXPECT_EQ(source_text({path, 2}, here), "two();");
  EXPECT_EQ(source_text({path, 3}, here), std::nullopt);  // would clear the screen
  EXPECT_EQ(source_text({path, 4}, here), "last");
  EXPECT_EQ(source_text({path, 5}, here), std::nullopt);  // would be read backwards
  EXPECT_EQ(source_text({path, 6}, here), std::nullopt);
  EXPECT_EQ(source_text({path, 0}, here), std::nullopt);
  std::filesystem::remove(path);
  EXPECT_EQ(source_text({path, 1}, here), std::nullopt);
  EXPECT_EQ(source_text({"/dev/zero", 1}, {"/dev"}), std::nullopt);
}

TEST(SourceText, IsQuotedFromTheGivenFoldersOnly) {
  namespace fs = std::filesystem;
  const fs::path top = ::testing::TempDir() + "cmos-sources-" + std::to_string(::getpid());
  fs::create_directories(top / "inside/deep");
  fs::create_directories(top / "inside-too");
  for (const char* name : {"secret", "inside/deep/file", "inside-too/file"})
    std::ofstream(top / name) << name;
  fs::create_symlink(top / "secret", top / "inside/link");
  fs::create_symlink(top / "inside", top / "other-name");
  const std::vector<std::string> inside{(top / "inside").string()};
  const auto quoted = [&](const fs::path& path, const std::vector<std::string>& folders) {
    return source_text({(top / path).string(), 1}, folders).value_or("nothing");
  };
  EXPECT_EQ(quoted("inside/deep/file", inside), "inside/deep/file");
  EXPECT_EQ(quoted("other-name/deep/file", inside), "inside/deep/file");
  EXPECT_EQ(quoted("inside/deep/file", {"none", (top / "other-name").string()}),
            "inside/deep/file");
  EXPECT_EQ(quoted("inside-too/file", inside), "nothing");
  EXPECT_EQ(quoted("inside/../secret", inside), "nothing");
  EXPECT_EQ(quoted("inside/link", inside), "nothing");
  EXPECT_EQ(quoted("secret", {}), "nothing");
  EXPECT_EQ(quoted("secret", {"/"}), "nothing") << "everything lies below it";
  fs::remove_all(top);
}

}  // namespace
}  // namespace cmos::symbolize

// Namespace::write_whole: whole or not at all, and never outside the root.
#include <filesystem>
#include <string>

#include "tests/vfs/fault_ops.h"
#include "tests/vfs/namespace_fixture.h"

namespace cmos::testing {
namespace {

using vfs::Path;

class WriteWhole : public NamespaceTest {
 protected:
  std::string whole(std::string_view path, std::string_view text,
                    vfs::HostOps& ops = vfs::HostOps::host()) {
    return answer(names().write_whole(*Path::parse(path), as_bytes(text), ops));
  }
};

TEST_F(WriteWhole, MakesAndReplaces) {
  EXPECT_EQ(whole("a", "one"), "ok");
  EXPECT_EQ(get("a"), "one");
  EXPECT_EQ(whole("a", "a longer text"), "ok");
  EXPECT_EQ(get("a"), "a longer text");
  EXPECT_EQ(whole("a", ""), "ok");
  EXPECT_EQ(get("a"), "");
  EXPECT_EQ(list("Cmos:\\data"), "a");
}

TEST_F(WriteWhole, RefusesWhatIsNoFile) {
  EXPECT_EQ(whole("gone\\a", "x"), "<not-found>");
  EXPECT_EQ(whole("Cmos:\\elsewhere", "x"), "<access>");
  EXPECT_EQ(whole("Cmos:\\", "x"), "<is-directory>");
  EXPECT_EQ(whole("Cmos:\\data", "x"), "<is-directory>");
  EXPECT_EQ(whole("Cmos:\\sys_apps\\p", "x"), "<access>");
  EXPECT_EQ(whole("Cmos:\\sys_apps\\p\\md", "x"), "<access>");
  ASSERT_TRUE(names().make_folder(*Path::parse("folder")));
  EXPECT_EQ(whole("folder", "x"), "<is-directory>");
  ASSERT_EQ(whole("a", "x"), "ok");
  EXPECT_EQ(whole("a\\b", "x"), "<not-directory>");
  names().set_in_use_check([](const std::string& identity) { return identity == "data/a"; });
  EXPECT_EQ(whole("a", "y"), "<access>");
}

TEST_F(WriteWhole, OldOrNewAtEveryFailure) {
  ASSERT_EQ(whole("a", "old"), "ok");
  FaultOps ops;
  ops.disarm();
  ASSERT_EQ(whole("a", "old", ops), "ok");
  const int calls = static_cast<int>(ops.log().size());
  ASSERT_GT(calls, 4);
  for (int call = 0; call < calls; ++call) {
    ops.arm(call, Fault::kError, ENOSPC);
    // Only the last step, the folder's durability, comes after the content.
    const bool in_place = call + 1 == calls;
    EXPECT_EQ(whole("a", "new content", ops), in_place ? "<not-durable>" : "<no-space>") << call;
    EXPECT_EQ(get("a"), in_place ? "new content" : "old") << call;
    EXPECT_EQ(list("Cmos:\\data"), "a") << call;
  }
}

TEST_F(WriteWhole, CountsAgainstTheQuota) {
  config.max_bytes = 10;
  config.max_files = 1;
  EXPECT_EQ(whole("a", "12345678901"), "<no-space>");
  EXPECT_EQ(whole("a", "1234567890"), "ok");
  EXPECT_EQ(whole("a", "abcdefghij"), "ok");
  EXPECT_EQ(whole("b", ""), "<no-space>");
  EXPECT_EQ(whole("a", "1"), "ok");
  EXPECT_EQ(whole("a", "1234567890"), "ok");
}

TEST_F(WriteWhole, ReplacesALinkAndFollowsNone) {
  namespace fs = std::filesystem;
  ASSERT_EQ(whole("first", "x"), "ok");
  const fs::path data = top / "root" / "data";
  fs::create_directory(top / "outside");
  fs::create_symlink(top / "outside", data / "out");
  fs::create_symlink(top / "outside" / "secret", data / "link");
  EXPECT_EQ(whole("out\\a", "x"), "<access>");
  EXPECT_EQ(whole("link", "x"), "ok");
  EXPECT_TRUE(fs::is_empty(top / "outside"));
  EXPECT_EQ(get("link"), "x");
}

}  // namespace
}  // namespace cmos::testing

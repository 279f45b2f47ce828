#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fcntl.h>

#include "tests/vfs/namespace_fixture.h"

namespace cmos::vfs {
namespace {

using testing::slurp;
using testing::tree;
namespace fs = std::filesystem;

/// Each test starts with data below the root that no test may change.
class Overlays : public testing::NamespaceTest {
 protected:
  Overlays() {
    testing::put(top / "root/data/a", "lower a");
    testing::put(top / "root/data/b", "lower b");
    testing::put(top / "root/data/d/x", "lower x");
    testing::put(top / "root/data/d/e/y", "lower y");
    fs::create_directory(top / "root/data/empty");
    before = tree(top / "root");
    config.overlay = {.kind = OverlayChoice::Kind::kKeep, .folder = (top / "upper").string()};
  }
  ~Overlays() override {
    end_run();
    EXPECT_EQ(tree(top / "root"), before) << "the lower layer must never change";
  }

  std::map<std::string, std::string> before;
};

TEST_F(Overlays, ReadingShowsTheLowerLayerAndWritesNothing) {
  EXPECT_EQ(list("."), "a b d empty");
  EXPECT_EQ(get("d\\e\\y"), "lower y");
  EXPECT_EQ(stat("a"), "file 7");
  EXPECT_EQ(get("none"), "<not-found>");
  EXPECT_TRUE(tree(top / "upper").empty());
}

TEST_F(Overlays, WritesAreKeptApartAndFoundByTheNextRun) {
  EXPECT_EQ(put("a", "UP", kWrite), "2");
  EXPECT_EQ(put("d\\new", "n"), "1");
  EXPECT_EQ(put("b", "!", kWrite | kAppend), "1");
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(get("a"), "UPwer a");
    EXPECT_EQ(get("b"), "lower b!");
    EXPECT_EQ(list("d"), "e new x");
    end_run();
  }
  config.overlay = {};
  EXPECT_EQ(get("a"), "lower a");
  EXPECT_EQ(list("d"), "e x");
}

TEST_F(Overlays, FilesAreCopiedUpWholeWithTheirDate) {
  const auto date = fs::last_write_time(top / "root/data/d/x");
  const auto handle = opened("d\\x", kRead | kWrite);
  EXPECT_EQ(read(handle), "lower x");
  EXPECT_EQ(slurp(top / "upper/data/:files/d/x"), "lower x");
  EXPECT_EQ(fs::last_write_time(top / "upper/data/:files/d/x"), date);
  EXPECT_TRUE(fs::is_empty(top / "upper/data/:files/:aside"));
}

TEST_F(Overlays, RemovalsHide) {
  EXPECT_EQ(remove("a"), "ok");
  EXPECT_EQ(remove("a"), "<not-found>");
  EXPECT_EQ(remove("d"), "<not-empty>");
  EXPECT_EQ(remove("d\\x"), "ok");
  EXPECT_EQ(remove("d\\e\\y"), "ok");
  EXPECT_EQ(remove("d\\e"), "ok");
  EXPECT_EQ(remove("d"), "ok");
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(list("."), "b empty");
    EXPECT_EQ(get("a"), "<not-found>");
    EXPECT_EQ(open("a", kWrite), "<not-found>");
    EXPECT_EQ(get("d\\x"), "<not-found>");
    EXPECT_EQ(open("d\\new", kWrite | kCreate), "<not-found>");
    EXPECT_EQ(mkdir("d\\new"), "<not-found>");
    end_run();
  }
}

TEST_F(Overlays, WhatComesInPlaceOfSomethingRemovedStartsEmpty) {
  remove("a");
  EXPECT_EQ(put("a", "new", kWrite | kCreate | kExclusive), "3");
  EXPECT_EQ(get("a"), "new");
  EXPECT_EQ(remove("a"), "ok");
  EXPECT_EQ(get("a"), "<not-found>") << "removing the new one does not bring back the old one";
  for (const char* path : {"d\\x", "d\\e\\y", "d\\e", "d"}) EXPECT_EQ(remove(path), "ok");
  EXPECT_EQ(mkdir("d"), "ok");
  EXPECT_EQ(list("d"), "");
  EXPECT_EQ(mkdir("d\\e"), "ok");
  EXPECT_EQ(list("d\\e"), "");
  EXPECT_EQ(put("d\\x", "now a file"), "10");
  remove("d\\e");
  EXPECT_EQ(put("d\\e", "f"), "1");
  EXPECT_EQ(open("d\\e\\y", kRead), "<not-directory>");
  EXPECT_EQ(list("d"), "e x");
}

TEST_F(Overlays, RenamesMoveFilesOfBothLayers) {
  EXPECT_EQ(rename("a", "d\\moved"), "ok");
  EXPECT_EQ(get("d\\moved"), "lower a");
  EXPECT_EQ(get("a"), "<not-found>");
  put("new", "up");
  EXPECT_EQ(rename("new", "b"), "ok");
  EXPECT_EQ(get("b"), "up");
  EXPECT_EQ(rename("b", "a"), "ok");
  EXPECT_EQ(get("a"), "up");
  EXPECT_EQ(list("."), "a d empty");
  EXPECT_EQ(rename("a", "a"), "ok");
}

TEST_F(Overlays, RenamesMoveWholeFolders) {
  EXPECT_EQ(put("d\\e\\up", "u"), "1");
  EXPECT_EQ(remove("d\\x"), "ok");
  EXPECT_EQ(rename("d", "empty"), "ok");
  EXPECT_EQ(list("."), "a b empty");
  EXPECT_EQ(list("empty"), "e");
  EXPECT_EQ(list("empty\\e"), "up y");
  EXPECT_EQ(get("empty\\e\\y"), "lower y");
  EXPECT_EQ(mkdir("d"), "ok");
  EXPECT_EQ(list("d"), "");
  EXPECT_EQ(rename("empty", "d\\deep"), "ok");
  EXPECT_EQ(get("d\\deep\\e\\y"), "lower y");
}

TEST_F(Overlays, TheErrorsAreThoseOfARootWithoutOne) {
  EXPECT_EQ(open("a", kWrite | kCreate | kExclusive), "<exists>");
  EXPECT_EQ(open("d", kWrite), "<is-directory>");
  EXPECT_EQ(open("a\\x", kRead), "<not-directory>");
  EXPECT_EQ(open("a\\x", kWrite | kCreate), "<not-directory>");
  EXPECT_EQ(open("none\\x", kWrite | kCreate), "<not-found>");
  EXPECT_EQ(mkdir("a"), "<exists>");
  EXPECT_EQ(mkdir("d"), "<exists>");
  EXPECT_EQ(mkdir("a\\x"), "<not-directory>");
  EXPECT_EQ(mkdir("none\\x"), "<not-found>");
  EXPECT_EQ(rename("none", "x"), "<not-found>");
  EXPECT_EQ(rename("a", "none\\x"), "<not-found>");
  EXPECT_EQ(rename("a", "b\\x"), "<not-directory>");
  EXPECT_EQ(rename("a", "d"), "<is-directory>");
  EXPECT_EQ(rename("d", "a"), "<not-directory>");
  EXPECT_EQ(rename("empty", "d"), "<not-empty>");
  EXPECT_EQ(rename("d", "d\\e\\z"), "<invalid>");
}

TEST_F(Overlays, LinksThatLeadOutAreNotCopiedUp) {
  testing::put(top / "outside/secret", "secret");
  fs::create_symlink(top / "outside/secret", top / "root/data/link");
  before = tree(top / "root");
  EXPECT_EQ(open("link", kRead), "<access>");
  EXPECT_EQ(open("link", kWrite), "<access>");
  EXPECT_EQ(open("link", kWrite | kCreate | kTruncate), "<access>");
  EXPECT_EQ(slurp(top / "outside/secret"), "secret");
}

TEST_F(Overlays, MountsHaveOneOfTheirOwnAndReadOnlyOnesStaySo) {
  testing::put(top / "host/f", "host");
  config.mounts = {parse_mount("Cmos:\\data\\m=" + (top / "host").string()).value(),
                   parse_mount("Cmos:\\ro=" + (top / "host").string() + ":ro").value()};
  EXPECT_EQ(put("m\\f", "over"), "4");
  EXPECT_EQ(get("m\\f"), "over");
  EXPECT_EQ(get("Cmos:\\ro\\f"), "host");
  EXPECT_EQ(open("Cmos:\\ro\\f", kWrite), "<access>");
  EXPECT_EQ(slurp(top / "host/f"), "host");
  end_run();
  config.mounts.clear();
  EXPECT_EQ(list("."), "a b d empty") << "without the mount its changes are not to be seen";
}

TEST_F(Overlays, InstallingGoesToTheUpperLayer) {
  EXPECT_TRUE(names().install_program("p", as_bytes("x")));
  EXPECT_EQ(get("Cmos:\\sys_apps\\p"), "x");
}

TEST_F(Overlays, QuotasCountCopiesAsBytesAndNotAsFiles) {
  testing::put(top / "root/data/large", std::string(20, 'x'));
  before = tree(top / "root");
  config.max_files = 1;
  config.max_bytes = 12;
  EXPECT_EQ(put("large", "!", kWrite), "<no-space>") << "its copy does not fit";
  EXPECT_EQ(put("large", "new", kWrite | kTruncate), "3") << "what is cut off needs no copy";
  EXPECT_EQ(put("a", "x", kWrite), "1") << "with a copy of 7 bytes";
  EXPECT_EQ(put("a", "ab", kWrite | kAppend), "2");
  EXPECT_EQ(put("new", ""), "0");
  EXPECT_EQ(put("new2", ""), "<no-space>");
  EXPECT_EQ(remove("a"), "ok");
  EXPECT_EQ(put("new", "123456789"), "9") << "the copy is gone";
  EXPECT_EQ(put("new2", ""), "<no-space>") << "which was not a new file";
  EXPECT_EQ(remove("b"), "ok");
  EXPECT_EQ(put("new", "!", kWrite | kAppend), "<no-space>") << "the lower file is where it was";
}

TEST_F(Overlays, CopiesKeepHoles) {
  testing::put(top / "root/data/holes", "begin");
  fs::resize_file(top / "root/data/holes", 8 << 20);
  before = tree(top / "root");
  EXPECT_EQ(put("holes", "B", kWrite), "1");
  struct stat info {};
  ASSERT_EQ(::stat((top / "upper/data/:files/holes").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 8 << 20);
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
  EXPECT_EQ(get("holes").substr(0, 6), std::string("Begin\0", 6));
}

TEST_F(Overlays, AStopRequestEndsACopyAndLeavesNothing) {
  testing::put(top / "root/data/large", std::string(1 << 20, 'x'));
  before = tree(top / "root");
  int asked = 0;
  names().set_stop_check([&] { return ++asked == 3; });
  config.max_bytes = 1 << 20;
  EXPECT_EQ(put("large", "!", kWrite), "<interrupted>");
  EXPECT_EQ(asked, 3);
  EXPECT_FALSE(fs::exists(top / "upper/data/:files/large"));
  EXPECT_TRUE(fs::is_empty(top / "upper/data/:files/:aside"));
  EXPECT_EQ(put("large", "!", kWrite), "1");
}

TEST_F(Overlays, DiscardedOnesVanishAtTheEnd) {
  fs::create_directory(top / "tmp");
  config.overlay = {.kind = OverlayChoice::Kind::kDiscard};
  config.scratch = (top / "tmp").string();
  EXPECT_EQ(put("a", "UP", kWrite), "2");
  EXPECT_EQ(get("a"), "UPwer a");
  EXPECT_FALSE(fs::is_empty(top / "tmp"));
  end_run();
  EXPECT_TRUE(fs::is_empty(top / "tmp"));
  EXPECT_EQ(get("a"), "lower a");
}

TEST_F(Overlays, ADiscardedOneOfAKilledRunIsRemovedByTheNextAndALivingOneIsNot) {
  testing::put(top / "tmp/cmos-overlay-dead12/data/:files/a", "left behind");
  testing::put(top / "tmp/cmos-overlay-alive1/data/:files/a", "in use");
  testing::put(top / "tmp/other", "not ours");
  const UniqueFd other_run(
      ::open((top / "tmp/cmos-overlay-alive1").c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(::flock(other_run.get(), LOCK_EX), 0);
  config.overlay = {.kind = OverlayChoice::Kind::kDiscard};
  config.scratch = (top / "tmp").string();
  EXPECT_EQ(get("a"), "lower a");
  EXPECT_FALSE(fs::exists(top / "tmp/cmos-overlay-dead12"));
  EXPECT_TRUE(fs::exists(top / "tmp/cmos-overlay-alive1"));
  EXPECT_TRUE(fs::exists(top / "tmp/other"));
}

TEST_F(Overlays, AFolderThatCannotBeMadeIsAnErrorThatNamesIt) {
  testing::put(top / "file", "");
  config.overlay.folder = (top / "file/upper").string();
  const auto made = Namespace::create(config);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().file, (top / "file/upper").string());
  EXPECT_EQ(made.error().field, "--overlay");
  config.overlay = {.kind = OverlayChoice::Kind::kDiscard};
  config.scratch = (top / "none").string();
  EXPECT_EQ(Namespace::create(config).error().code, ErrorCode::kHostIo);
}

}  // namespace
}  // namespace cmos::vfs

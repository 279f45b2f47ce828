#include "minidisk/minidisk.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/minidisk/fixture.h"
#include "vfs/handles.h"

namespace cmos::minidisk {
namespace {

using testing::HostRun;
using testing::read;
using testing::slurp;
using testing::text_of;
using testing::write;
namespace fs = std::filesystem;

class Disk : public testing::MinidiskTest {};

TEST_F(Disk, IsZeroAtFirstAndKeepsWhatIsWritten) {
  {
    HostRun run(config);
    Minidisk disk(run.registry, options());
    EXPECT_EQ(disk.size().value(), 16u);
    EXPECT_EQ(read(disk, 0, 100), std::string(16, '\0'));
    EXPECT_EQ(write(disk, 2, "hello"), "5");
    EXPECT_EQ(read(disk, 0, 8), std::string("\0\0hello\0", 8));
    EXPECT_FALSE(fs::exists(backing())) << "nothing is written before a flush";
    EXPECT_EQ(text_of(disk.close()), "ok");
  }
  EXPECT_EQ(slurp(backing()), std::string("\0\0hello\0\0\0\0\0\0\0\0\0", 16));
  HostRun run(config);
  Minidisk disk(run.registry, options());
  EXPECT_EQ(read(disk, 2, 5), "hello");
  expect_no_strays();
}

TEST_F(Disk, AccessesEndAtItsEnd) {
  HostRun run(config);
  Minidisk disk(run.registry, options(4));
  EXPECT_EQ(write(disk, 2, "abc"), "2");
  EXPECT_EQ(write(disk, 4, "abc"), "0");
  EXPECT_EQ(write(disk, UINT64_MAX, "abc"), "0");
  EXPECT_EQ(read(disk, 3, 9), "b");
  EXPECT_EQ(read(disk, 4, 9), "");
  EXPECT_EQ(read(disk, UINT64_MAX, 9), "");
}

TEST_F(Disk, AShorterFileIsPaddedALongerOneRefused) {
  testing::put(backing(), "abc");
  HostRun run(config);
  {
    Minidisk disk(run.registry, options(5));
    EXPECT_EQ(read(disk, 0, 9), std::string("abc\0\0", 5));
  }
  Minidisk small(run.registry, options(2));
  EXPECT_EQ(read(small, 0, 9), "invalid");
  EXPECT_FALSE(small.held()) << "a refused mini-disk keeps no lock";
  ASSERT_TRUE(small.failure());
  EXPECT_EQ(small.failure()->file, "Cmos:\\sys_apps\\app\\md");
  EXPECT_EQ(small.failure()->found, "3 bytes");
  EXPECT_EQ(small.failure()->expected, "at most 2 bytes, the mini-disk's size");
  EXPECT_EQ(slurp(backing()), "abc");
  EXPECT_EQ(text_of(small.replace(as_bytes("x"))), "ok") << "the way out for host tools";
  EXPECT_EQ(slurp(backing()), std::string("x\0", 2));
  EXPECT_EQ(text_of(small.replace(as_bytes("xyz"))), "invalid");
}

TEST_F(Disk, BackupNamesPlaceItBelowData) {
  HostRun run(config);
  Minidisk disk(run.registry, options(4, "kept"));
  EXPECT_EQ(write(disk, 0, "data"), "4");
  EXPECT_EQ(text_of(disk.flush()), "ok");
  EXPECT_EQ(slurp(top / "root/data/kept"), "data");
  EXPECT_FALSE(fs::exists(backing()));
}

TEST_F(Disk, BadNamesNeverReachTheHost) {
  HostRun run(config);
  for (const char* bad : {"..", ".", "a\\b", "../x", "a/b", "c:", "a\nb", "\xff"}) {
    Minidisk disk(run.registry, options(4, bad));
    EXPECT_EQ(write(disk, 0, "data"), "invalid") << bad;
    Options named = options(4);
    named.program = bad;
    Minidisk other(run.registry, named);
    EXPECT_EQ(write(other, 0, "data"), "invalid") << bad;
  }
  EXPECT_TRUE(testing::tree(top.path()).empty());
}

TEST_F(Disk, PlantedLinksAndSpecialFilesAreRefused) {
  testing::put(top / "outside/secret", "secret");
  fs::create_directories(top / "root/data");
  fs::create_directories(top / "root/locks/data");
  fs::create_symlink(top / "outside/secret", top / "root/data/out");
  ASSERT_EQ(::mkfifo((top / "root/data/fifo").c_str(), 0600), 0);
  fs::create_directory(top / "root/data/folder");
  fs::create_symlink(top / "outside/lock", top / "root/locks/data/locked");
  ASSERT_EQ(::mkfifo((top / "root/locks/data/pipe").c_str(), 0600), 0);
  HostRun run(config);
  for (const char* name : {"out", "fifo", "folder", "locked", "pipe"}) {
    Minidisk disk(run.registry, options(100, name));
    EXPECT_EQ(read(disk, 0, 100), "access") << name;
    EXPECT_FALSE(disk.held());
  }
  fs::create_symlink(top / "outside", top / "root/data/:aside");
  Minidisk disk(run.registry, options(4, "fresh"));
  EXPECT_EQ(write(disk, 0, "data"), "access");
  EXPECT_EQ(testing::tree(top / "outside"),
            (std::map<std::string, std::string>{{"secret", "secret"}}));
}

TEST_F(Disk, ReadingWritesNothing) {
  testing::put(backing(), "0123456789abcdef");
  const auto before = fs::last_write_time(backing());
  HostRun run(config);
  Minidisk disk(run.registry, options());
  EXPECT_EQ(read(disk, 0, 4), "0123");
  EXPECT_EQ(text_of(disk.flush()), "ok");
  EXPECT_EQ(text_of(disk.close()), "ok");
  EXPECT_EQ(fs::last_write_time(backing()), before);
  for (const auto& call : run.ops.log()) EXPECT_TRUE(call == "open" || call == "read") << call;
}

TEST_F(Disk, NotUsingItTouchesNothing) {
  HostRun run(config);
  Minidisk disk(run.registry, options());
  EXPECT_TRUE(disk.size());
  EXPECT_EQ(text_of(disk.flush()), "ok");
  EXPECT_EQ(text_of(disk.unlock()), "ok");
  EXPECT_EQ(text_of(disk.close()), "ok");
  Minidisk none(run.registry, options(0));
  EXPECT_EQ(write(none, 0, "x"), "0");
  EXPECT_EQ(read(none, 0, 5), "");
  EXPECT_EQ(text_of(none.lock(false)), "ok");
  EXPECT_FALSE(none.held());
  EXPECT_TRUE(testing::tree(top.path()).empty());
}

TEST_F(Disk, ClosedMeansClosed) {
  HostRun run(config);
  Minidisk disk(run.registry, options());
  EXPECT_EQ(write(disk, 0, "x"), "1");
  EXPECT_EQ(text_of(disk.close()), "ok");
  EXPECT_EQ(read(disk, 0, 1), "minidisk-closed");
  EXPECT_EQ(write(disk, 0, "x"), "minidisk-closed");
  EXPECT_EQ(disk.size().error(), VfsError::kMinidiskClosed);
  EXPECT_EQ(text_of(disk.flush()), "minidisk-closed");
  EXPECT_EQ(text_of(disk.lock(true)), "minidisk-closed");
  EXPECT_EQ(text_of(disk.unlock()), "minidisk-closed");
  EXPECT_EQ(text_of(disk.replace({})), "minidisk-closed");
  EXPECT_EQ(text_of(disk.close()), "ok");
}

TEST_F(Disk, IsBusyForOthersFromTheFirstAccessToTheUnlock) {
  HostRun run(config);
  HostRun other_run(config);
  Minidisk holder(run.registry, options());
  Minidisk same_run(run.registry, options());
  Minidisk other(other_run.registry, options());
  EXPECT_EQ(write(holder, 0, "1"), "1");
  for (Minidisk* disk : {&same_run, &other}) {
    EXPECT_EQ(read(*disk, 0, 1), "minidisk-busy");
    EXPECT_EQ(write(*disk, 0, "x"), "minidisk-busy");
    EXPECT_EQ(text_of(disk->lock(false)), "minidisk-busy");
    EXPECT_EQ(disk->size().value(), 16u);
  }
  EXPECT_EQ(text_of(holder.unlock()), "ok");
  EXPECT_EQ(slurp(backing()).substr(0, 1), "1") << "unlocking flushes";
  EXPECT_EQ(read(other, 0, 1), "1");
  EXPECT_EQ(write(other, 0, "2"), "1");
  EXPECT_EQ(read(holder, 0, 1), "minidisk-busy");
  EXPECT_EQ(text_of(other.unlock()), "ok");
  EXPECT_EQ(read(holder, 0, 1), "2") << "the next lock reads the backing file again";
}

TEST_F(Disk, OtherPlacesAreOtherDisks) {
  HostRun run(config);
  Minidisk one(run.registry, options(4, "one"));
  Minidisk two(run.registry, options(4, "two"));
  Minidisk three(run.registry, options(4));
  EXPECT_EQ(write(one, 0, "1"), "1");
  EXPECT_EQ(write(two, 0, "2"), "1");
  EXPECT_EQ(write(three, 0, "3"), "1");
  Options sharing = options(4, "one");
  sharing.program = "another";
  Minidisk shared(run.registry, sharing);
  EXPECT_EQ(read(shared, 0, 1), "minidisk-busy") << "the place counts, not the program";
}

TEST_F(Disk, AChildOfTheHolderIsBusyAtOnceEvenWhenItWouldWait) {
  HostRun run(config);
  Minidisk parent(run.registry, options());
  EXPECT_EQ(write(parent, 0, "1"), "1");
  Options inherited = options();
  inherited.policy.wait = true;
  inherited.chain = {.process = 3, .ancestors = {2, 1}};
  Minidisk grandchild(run.registry, inherited);
  EXPECT_EQ(read(grandchild, 0, 1), "minidisk-busy");
  EXPECT_EQ(text_of(grandchild.lock(true)), "minidisk-busy");
  EXPECT_EQ(text_of(parent.unlock()), "ok");
  EXPECT_EQ(read(grandchild, 0, 1), "1") << "after md_unlock the child may have it";
}

TEST_F(Disk, EphemeralOnesStartWithTheContentAndLeaveItAlone) {
  testing::put(backing(), "kept");
  const auto before = testing::tree(top.path());
  HostRun run(config);
  Options ephemeral = options(8);
  ephemeral.ephemeral = true;
  Minidisk disk(run.registry, ephemeral);
  EXPECT_EQ(read(disk, 0, 4), "kept");
  EXPECT_EQ(write(disk, 0, "lost"), "4");
  EXPECT_EQ(text_of(disk.unlock()), "ok");
  EXPECT_EQ(read(disk, 0, 4), "lost");
  Minidisk other(run.registry, options(8));
  EXPECT_EQ(text_of(disk.close()), "ok");
  EXPECT_EQ(testing::tree(top.path()), before);
}

TEST_F(Disk, ItsBackingFileIsNoOrdinaryFileMeanwhile) {
  HostRun run(config);
  HostRun other_run(config);
  vfs::Handles here(*run.names);
  vfs::Handles elsewhere(*other_run.names);
  Minidisk disk(run.registry, options(4, "kept"));
  EXPECT_EQ(write(disk, 0, "data"), "4");
  EXPECT_EQ(text_of(disk.flush()), "ok");
  for (vfs::Handles* handles : {&here, &elsewhere}) {
    EXPECT_EQ(handles->open("kept", vfs::kRead).error(), VfsError::kAccess);
    EXPECT_EQ(handles->open("KEPT", vfs::kRead).error(), VfsError::kNotFound);
  }
  EXPECT_EQ(other_run.names->remove(*vfs::Path::parse("kept")).error(), VfsError::kAccess);
  EXPECT_EQ(text_of(disk.unlock()), "ok");
  EXPECT_TRUE(here.open("kept", vfs::kRead));
  EXPECT_TRUE(elsewhere.open("kept", vfs::kRead));
}

TEST_F(Disk, QuotasHold) {
  config.max_bytes = 8;
  HostRun run(config);
  Minidisk large(run.registry, options(9));
  EXPECT_EQ(write(large, 0, "x"), "1");
  EXPECT_EQ(text_of(large.flush()), "no-space");
  EXPECT_EQ(large.failure()->expected, "room within --max-disk");
  EXPECT_EQ(text_of(large.unlock()), "no-space");
  EXPECT_TRUE(large.held()) << "changes that could not be saved are not thrown away";
  EXPECT_EQ(text_of(large.close()), "no-space");
  Minidisk fits(run.registry, options(8));
  EXPECT_EQ(write(fits, 0, "x"), "1");
  EXPECT_EQ(text_of(fits.flush()), "ok");
  EXPECT_EQ(write(fits, 0, "y"), "1");
  EXPECT_EQ(text_of(fits.flush()), "ok") << "a file that does not grow needs no room";
}

TEST_F(Disk, ASpoiledBackingFileIsToldAndCanBeReplaced) {
  HostRun run(config);
  const auto place = top / "root/data/kept";
  testing::put(place, "too long");
  {
    Minidisk disk(run.registry, options(4, "kept"));
    EXPECT_EQ(read(disk, 0, 4), "invalid");
    ASSERT_TRUE(disk.failure());
    EXPECT_NE(disk.failure()->text().find("cmos-fs rm -r 'Cmos:\\data\\kept'"), std::string::npos);
    EXPECT_EQ(text_of(disk.replace(as_bytes("good"))), "ok");
    EXPECT_EQ(read(disk, 0, 4), "good");
  }
  testing::fs::remove(place);
  testing::put(place / "inside", "somebody's");
  Minidisk disk(run.registry, options(4, "kept"));
  EXPECT_EQ(read(disk, 0, 4), "access");
  EXPECT_EQ(disk.failure()->found, "a folder");
  EXPECT_EQ(text_of(disk.replace(as_bytes("new"))), "ok");
  EXPECT_EQ(testing::slurp(place), std::string("new\0", 4));
  EXPECT_EQ(testing::slurp(top / "root/data/kept~/inside"), "somebody's");
}

/// In a mount namespace of its own, where the root is mounted for reading only; 77 when the host
/// does not allow that.
int on_a_read_only_root(const std::string& root, const std::function<int()>& body) {
  if (::unshare(CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER)) != 0) return 77;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount(root.c_str(), root.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
      ::mount(nullptr, root.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) != 0)
    return 77;
  return body();
}

TEST_F(Disk, AReadOnlyRootCanBeReadAndNotWritten) {
  testing::put(backing(), "kept");
  const int status = in_child([&] {
    return on_a_read_only_root(config.root, [&] {
      HostRun run(config);
      Minidisk disk(run.registry, options(4));
      if (read(disk, 0, 4) != "kept" || disk.failure()) return 1;
      if (write(disk, 0, "x") != "access" || !disk.failure()) return 2;
      if (text_of(disk.lock(false)) != "access") return 3;
      if (read(disk, 1, 2) != "ep") return 4;
      return disk.close() ? 0 : 5;
    });
  });
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no mounts are allowed here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(testing::tree(top / "root").size(), 3u) << "two folders and the file";
}

TEST_F(Disk, AnOpenOldContentStaysCharged) {
  config.max_bytes = 20;
  HostRun run(config);
  Minidisk disk(run.registry, options(8, "kept"));
  const auto replace = [&](std::string_view text) {
    EXPECT_EQ(write(disk, 0, text), std::to_string(text.size()));
    return text_of(disk.unlock());
  };
  EXPECT_EQ(replace("1"), "ok");
  const auto path = *vfs::Path::parse("kept");
  auto first = run.names->open(path, vfs::kRead);
  EXPECT_EQ(replace("2"), "ok");
  auto second = run.names->open(path, vfs::kRead);
  EXPECT_EQ(replace("3"), "no-space") << "two old contents and a new one";
  first->reset();
  EXPECT_EQ(text_of(disk.unlock()), "ok");
  second->reset();
  EXPECT_EQ(replace("4"), "ok");
}

TEST_F(Disk, AnOverlayKeepsTheRootAsItWas) {
  testing::put(backing(), "root");
  const auto before = testing::tree(top / "root");
  config.overlay = {.kind = vfs::OverlayChoice::Kind::kKeep, .folder = (top / "upper").string()};
  {
    HostRun run(config);
    Minidisk disk(run.registry, options(4));
    EXPECT_EQ(read(disk, 0, 4), "root");
    EXPECT_EQ(write(disk, 0, "over"), "4");
    EXPECT_EQ(text_of(disk.close()), "ok");
  }
  EXPECT_EQ(testing::tree(top / "root"), before);
  HostRun again(config);
  Minidisk disk(again.registry, options(4));
  EXPECT_EQ(read(disk, 0, 4), "over");
}

TEST_F(Disk, LargeOnesTakeOnlyWhatTheyHold) {
  HostRun run(config);
  Minidisk disk(run.registry, options(UINT32_MAX));
  EXPECT_EQ(write(disk, 5, "x"), "1");
  EXPECT_EQ(text_of(disk.close()), "ok");
  struct stat info {};
  ASSERT_EQ(::stat(backing().c_str(), &info), 0);
  EXPECT_EQ(info.st_size, UINT32_MAX);
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
}

}  // namespace
}  // namespace cmos::minidisk

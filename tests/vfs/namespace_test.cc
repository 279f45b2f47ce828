#include "vfs/namespace.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/vfs/namespace_fixture.h"

namespace cmos::vfs {
namespace {

using testing::slurp;
using testing::tree;
namespace fs = std::filesystem;

class Names : public testing::NamespaceTest {};

// ---- the branches -------------------------------------------------------------------------------

TEST_F(Names, AnEmptyRootHasBothBranchesAndIsNotTouchedByReading) {
  EXPECT_EQ(list("Cmos:\\"), "data sys_apps");
  EXPECT_EQ(list("Cmos:\\data"), "");
  EXPECT_EQ(list("Cmos:\\sys_apps"), "");
  EXPECT_EQ(stat("Cmos:\\"), "directory 0 ro");
  EXPECT_EQ(stat("Cmos:\\data"), "directory 0");
  EXPECT_EQ(get("none"), "<not-found>");
  EXPECT_EQ(stat("Cmos:\\elsewhere\\x"), "<not-found>");
  EXPECT_TRUE(tree(top.path()).empty());
}

TEST_F(Names, FilesBelowData) {
  EXPECT_EQ(put("a.txt", "hello"), "5");
  EXPECT_EQ(get("Cmos:\\data\\a.txt"), "hello");
  EXPECT_EQ(slurp(top / "root/data/a.txt"), "hello");
  EXPECT_EQ(get("A.txt"), "<not-found>") << "case-sensitive";
  EXPECT_EQ(stat("a.txt"), "file 5");
  EXPECT_EQ(mkdir("d"), "ok");
  EXPECT_EQ(put("d\\b", "x"), "1");
  EXPECT_EQ(list("."), "a.txt d");
  EXPECT_EQ(remove("d"), "<not-empty>");
  EXPECT_EQ(rename("d\\b", "c"), "ok");
  EXPECT_EQ(remove("d"), "ok");
  EXPECT_EQ(list("."), "a.txt c");
}

TEST_F(Names, ModifiedTimesAreNanoseconds) {
  put("a", "x");
  const timespec times[2] = {{1, 2}, {1234567890, 987654321}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (top / "root/data/a").c_str(), times, 0), 0);
  EXPECT_EQ(names().stat(*Path::parse("a"))->modified, 1234567890987654321);
}

TEST_F(Names, RegisteredProgramsAreFilesAndFolders) {
  add_program("app", "BINARY", 16);
  add_program("bare", "B");
  EXPECT_EQ(list("Cmos:\\sys_apps"), "app bare");
  EXPECT_EQ(stat("Cmos:\\sys_apps\\app"), "program 6 ro");
  EXPECT_EQ(get("Cmos:\\sys_apps\\app"), "BINARY");
  EXPECT_EQ(list("Cmos:\\sys_apps\\app"), "md");
  EXPECT_EQ(list("Cmos:\\sys_apps\\bare"), "") << "a mini-disk of no bytes is none";
  EXPECT_EQ(stat("Cmos:\\sys_apps\\app\\md"), "minidisk 16 ro");
  EXPECT_EQ(get("Cmos:\\sys_apps\\app\\md"), std::string(16, '\0'));
  EXPECT_EQ(stat("Cmos:\\sys_apps\\bare\\md"), "<not-found>");
  EXPECT_EQ(stat("Cmos:\\sys_apps\\app\\other"), "<not-found>");
  EXPECT_EQ(stat("Cmos:\\sys_apps\\app\\md\\x"), "<not-directory>");
  EXPECT_EQ(open("Cmos:\\sys_apps\\app\\md\\x", kRead), "<not-directory>");
}

TEST_F(Names, ProgramsAndMinidisksCannotBeChangedThroughFiles) {
  add_program("app", "BINARY", 16);
  for (const char* path : {"Cmos:\\sys_apps\\app", "Cmos:\\sys_apps\\app\\md"}) {
    EXPECT_EQ(open(path, kRead | kWrite), "<access>");
    EXPECT_EQ(open(path, kWrite | kCreate | kExclusive), "<exists>");
    EXPECT_EQ(remove(path), "<access>");
    EXPECT_EQ(rename(path, "x"), "<access>");
    EXPECT_EQ(mkdir(path), "<exists>");
    put("x", "x");
    EXPECT_EQ(rename("x", path), "<access>");
  }
  EXPECT_EQ(open("Cmos:\\sys_apps\\new", kWrite | kCreate), "<access>");
  EXPECT_EQ(open("Cmos:\\sys_apps\\new", kWrite), "<not-found>");
  EXPECT_EQ(open("Cmos:\\sys_apps\\app\\new", kWrite | kCreate), "<access>");
  EXPECT_EQ(open("Cmos:\\sys_apps\\new\\md", kWrite | kCreate), "<access>");
  EXPECT_EQ(mkdir("Cmos:\\sys_apps\\new"), "<access>");
  EXPECT_EQ(mkdir("Cmos:\\sys_apps\\app\\new"), "<access>");
  EXPECT_EQ(remove("Cmos:\\sys_apps\\new"), "<not-found>");
  EXPECT_EQ(rename("x", "Cmos:\\sys_apps\\new"), "<not-found>");
}

TEST_F(Names, InstalledProgramsLieInTheRoot) {
  ASSERT_TRUE(names().install_program("tool", as_bytes("one")));
  ASSERT_TRUE(names().install_program("tool", as_bytes("two!")));
  EXPECT_EQ(list("Cmos:\\sys_apps"), "tool");
  EXPECT_EQ(get("Cmos:\\sys_apps\\tool"), "two!");
  EXPECT_EQ(stat("Cmos:\\sys_apps\\tool"), "program 4 ro");
  EXPECT_EQ(tree(top / "root"),
            (std::map<std::string, std::string>{{"sys_apps", "/"},
                                                {"sys_apps/:aside", "/"},
                                                {"sys_apps/tool", "/"},
                                                {"sys_apps/tool/program.cpe", "two!"}}));
  testing::put(top / "root/sys_apps/tool/md", "content");
  EXPECT_EQ(get("Cmos:\\sys_apps\\tool\\md"), "content");
  add_program("tool", "RUN");
  EXPECT_EQ(get("Cmos:\\sys_apps\\tool"), "RUN") << "the program of this run comes first";
  end_run();
  ASSERT_TRUE(names().uninstall_program("tool", true));
  EXPECT_EQ(list("Cmos:\\sys_apps"), "");
  EXPECT_EQ(get("Cmos:\\sys_apps\\tool\\md"), "content") << "kept";
  EXPECT_EQ(names().uninstall_program("tool", true).error(), VfsError::kNotFound);
  ASSERT_TRUE(names().install_program("tool", as_bytes("three")));
  ASSERT_TRUE(names().uninstall_program("tool", false));
  EXPECT_FALSE(fs::exists(top / "root/sys_apps/tool"));
  EXPECT_EQ(names().install_program("..", as_bytes("x")).error(), VfsError::kInvalid);
  EXPECT_EQ(names().uninstall_program("a\\b", false).error(), VfsError::kInvalid);
}

TEST_F(Names, TheMinidiskViewKnowsBackupNamesAndSizes) {
  config.probe = [](Bytes binary) -> std::optional<MinidiskShape> {
    if (as_text(binary) != "CPE") return std::nullopt;
    return MinidiskShape{.size = 8, .backup_name = "kept"};
  };
  ASSERT_TRUE(names().install_program("tool", as_bytes("CPE")));
  EXPECT_EQ(stat("Cmos:\\sys_apps\\tool\\md"), "minidisk 8 ro");
  put("kept", "abc");
  EXPECT_EQ(get("Cmos:\\sys_apps\\tool\\md"), std::string("abc\0\0\0\0\0", 8));
  put("kept", "longer than it is");
  EXPECT_EQ(get("Cmos:\\sys_apps\\tool\\md"), "longer t");
}

TEST_F(Names, ABackingFileInUseIsRefused) {
  add_program("app", "B", 4);
  add_program("named", "B", 4, "kept");
  put("kept", "data");
  put("other", "x");
  mkdir("d");
  put("d\\kept", "deeper");
  names().set_in_use_check([](const std::string& identity) {
    return identity == "data/kept" || identity == "sys_apps/app/md";
  });
  EXPECT_EQ(get("kept"), "<access>");
  EXPECT_EQ(open("kept", kWrite | kCreate), "<access>");
  EXPECT_EQ(remove("kept"), "<access>");
  EXPECT_EQ(rename("kept", "x"), "<access>");
  EXPECT_EQ(rename("other", "kept"), "<access>");
  EXPECT_EQ(get("Cmos:\\sys_apps\\app\\md"), "<access>");
  EXPECT_EQ(get("Cmos:\\sys_apps\\named\\md"), "<access>");
  EXPECT_EQ(stat("kept"), "file 4");
  EXPECT_EQ(get("d\\kept"), "deeper");
}

TEST_F(Names, AnotherBinaryUnderTheSameNameIsNoticed) {
  EXPECT_FALSE(names().note_binary("app", as_bytes("one")).value());
  EXPECT_FALSE(names().note_binary("app", as_bytes("one")).value());
  EXPECT_TRUE(names().note_binary("app", as_bytes("two")).value());
  EXPECT_FALSE(names().note_binary("app", as_bytes("two")).value());
  EXPECT_EQ(names().note_binary("", as_bytes("two")).error(), VfsError::kInvalid);
}

TEST_F(Names, WholeFilesForTheRuntime) {
  add_program("app", "BINARY");
  put("tool.cpe", std::string(200000, 'x'));
  EXPECT_EQ((*names().read_whole(*Path::parse("Cmos:\\sys_apps\\app")))->size(), 6u);
  EXPECT_EQ((*names().read_whole(*Path::parse("tool.cpe")))->size(), 200000u);
  EXPECT_EQ(names().read_whole(*Path::parse("tool.cpe"), 199999).error(), VfsError::kNoSpace);
  EXPECT_EQ(names().read_whole(*Path::parse("Cmos:\\sys_apps\\app"), 5).error(),
            VfsError::kNoSpace);
  EXPECT_EQ(names().read_whole(*Path::parse(".")).error(), VfsError::kIsDirectory);
  EXPECT_EQ(names().read_whole(*Path::parse("none")).error(), VfsError::kNotFound);
}

// ---- every call, every error --------------------------------------------------------------------

TEST_F(Names, OpenFlags) {
  for (const std::uint32_t bad :
       {0u, 4u, 32u, 64u, kRead | 128u, kRead | kCreate, kRead | kTruncate, kRead | kAppend,
        kWrite | kExclusive, 0xffffffffu}) {
    EXPECT_EQ(open("a", bad), "<invalid>") << bad;
  }
  EXPECT_EQ(open("a", kWrite), "<not-found>");
  EXPECT_EQ(put("a", "12345", kWrite | kCreate | kExclusive), "5");
  EXPECT_EQ(open("a", kWrite | kCreate | kExclusive), "<exists>");
  EXPECT_EQ(put("a", "ab", kWrite | kCreate), "2");
  EXPECT_EQ(get("a"), "ab345");
  EXPECT_EQ(put("a", "!", kWrite | kAppend), "1");
  EXPECT_EQ(get("a"), "ab345!");
  EXPECT_EQ(put("a", "z", kWrite | kTruncate), "1");
  EXPECT_EQ(get("a"), "z");
  EXPECT_EQ(open("a\\b", kRead), "<not-directory>");
  EXPECT_EQ(open("a\\b", kWrite | kCreate), "<not-directory>");
  EXPECT_EQ(open("none\\b", kWrite | kCreate), "<not-found>");
  mkdir("d");
  EXPECT_EQ(open("d", kWrite), "<is-directory>");
  EXPECT_EQ(open("d", kWrite | kCreate), "<is-directory>");
  EXPECT_EQ(open("d", kWrite | kCreate | kExclusive), "<exists>");
  for (const char* folder : {"Cmos:\\", "Cmos:\\data", "Cmos:\\sys_apps"}) {
    EXPECT_EQ(open(folder, kRead | kWrite), "<is-directory>");
    EXPECT_EQ(open(folder, kWrite | kCreate | kExclusive), "<exists>");
  }
  EXPECT_EQ(open("Cmos:\\new", kWrite | kCreate), "<access>");
  EXPECT_EQ(open("Cmos:\\no\\new", kWrite | kCreate), "<not-found>");
}

TEST_F(Names, MakeRemoveRenameErrors) {
  put("f", "x");
  mkdir("d");
  EXPECT_EQ(mkdir("d"), "<exists>");
  EXPECT_EQ(mkdir("f"), "<exists>");
  EXPECT_EQ(mkdir("f\\d"), "<not-directory>");
  EXPECT_EQ(mkdir("none\\d"), "<not-found>");
  EXPECT_EQ(mkdir("Cmos:\\"), "<exists>");
  EXPECT_EQ(mkdir("Cmos:\\data"), "<exists>");
  EXPECT_EQ(mkdir("Cmos:\\new"), "<access>");
  EXPECT_EQ(remove("none"), "<not-found>");
  EXPECT_EQ(remove("f\\x"), "<not-directory>");
  for (const char* fixed : {"Cmos:\\", "Cmos:\\data", "Cmos:\\sys_apps"}) {
    EXPECT_EQ(remove(fixed), "<access>");
    EXPECT_EQ(rename(fixed, "x"), "<access>");
    EXPECT_EQ(rename("f", fixed), "<access>");
  }
  EXPECT_EQ(rename("none", "x"), "<not-found>");
  EXPECT_EQ(rename("f", "none\\x"), "<not-found>");
  EXPECT_EQ(rename("f", "f\\x"), "<not-directory>");
  EXPECT_EQ(rename("f", "d"), "<is-directory>");
  EXPECT_EQ(rename("d", "f"), "<not-directory>");
  EXPECT_EQ(rename("d", "d\\e"), "<invalid>");
  mkdir("full");
  put("full\\x", "x");
  EXPECT_EQ(rename("d", "full"), "<not-empty>");
  EXPECT_EQ(rename("full", "d"), "ok");
  EXPECT_EQ(get("d\\x"), "x");
  put("g", "new");
  EXPECT_EQ(rename("g", "f"), "ok");
  EXPECT_EQ(get("f"), "new");
  EXPECT_EQ(rename("f", "f"), "ok");
}

TEST_F(Names, PlantedLinksAndSpecialFilesAreRefused) {
  testing::put(top / "outside/secret", "secret");
  mkdir("d");
  fs::create_symlink(top / "outside", top / "root/data/out");
  fs::create_symlink(top / "outside/secret", top / "root/data/file");
  fs::create_symlink(top / "outside/new", top / "root/data/dangling");
  ASSERT_EQ(::mkfifo((top / "root/data/fifo").c_str(), 0600), 0);
  for (const char* path : {"out\\secret", "file", "fifo", "dangling"}) {
    for (const std::uint32_t flags :
         {kRead, kWrite, kWrite | kCreate, kWrite | kCreate | kTruncate}) {
      EXPECT_EQ(open(path, flags), "<access>") << path << " " << flags;
    }
  }
  EXPECT_EQ(list("out"), "<access>");
  EXPECT_EQ(mkdir("out\\d"), "<access>");
  EXPECT_EQ(remove("out\\secret"), "<access>");
  EXPECT_EQ(rename("d", "out\\d"), "<access>");
  EXPECT_EQ(tree(top / "outside"), (std::map<std::string, std::string>{{"secret", "secret"}}));
  // A link that a host user planted can still be removed: the link, not what it leads to.
  EXPECT_EQ(remove("file"), "ok");
  EXPECT_EQ(slurp(top / "outside/secret"), "secret");
}

TEST_F(Names, ABranchThatIsALinkOutIsRefused) {
  fs::create_directories(top / "root");
  fs::create_directories(top / "outside");
  fs::create_symlink(top / "outside", top / "root/data");
  fs::create_symlink(top / "outside", top / "root/sys_apps");
  EXPECT_EQ(put("x", "y"), "<access>");
  EXPECT_EQ(list("."), "<access>");
  EXPECT_EQ(names().install_program("p", as_bytes("x")).error(), VfsError::kAccess);
  EXPECT_TRUE(tree(top / "outside").empty());
}

// ---- mounts -------------------------------------------------------------------------------------

class MountTest : public testing::NamespaceTest {
 protected:
  void mount(const std::string& text) { config.mounts.push_back(parse_mount(text).value()); }
};

TEST_F(MountTest, ThatOfTheDataBranchIsTheWorkingFolder) {
  testing::put(top / "host/a", "A");
  testing::put(top / "root/data/own", "");
  mount("Cmos:\\data=" + (top / "host").string());
  EXPECT_EQ(list("."), "a");
  EXPECT_EQ(get("a"), "A");
  EXPECT_EQ(put("new", "x"), "1");
  EXPECT_EQ(slurp(top / "host/new"), "x");
  EXPECT_EQ(list("Cmos:\\"), "data sys_apps");
}

TEST_F(MountTest, AreFoldersOfTheNamespace) {
  testing::put(top / "host/a", "A");
  testing::put(top / "nested/b", "B");
  testing::put(top / "root/data/own", "");
  mount("Cmos:\\src=" + (top / "host").string());
  mount("Cmos:\\src\\lib\\deep=" + (top / "nested").string() + ":ro");
  mount("Cmos:\\data\\m=" + (top / "nested").string());
  mount("Cmos:\\x\\y=" + (top / "nested").string());
  EXPECT_EQ(list("Cmos:\\"), "data src sys_apps x");
  EXPECT_EQ(list("Cmos:\\x"), "y");
  EXPECT_EQ(list("Cmos:\\src"), "a lib");
  EXPECT_EQ(list("Cmos:\\src\\lib"), "deep");
  EXPECT_EQ(stat("Cmos:\\src\\lib"), "directory 0 ro");
  EXPECT_EQ(list("."), "m own");
  EXPECT_EQ(get("Cmos:\\src\\a"), "A");
  EXPECT_EQ(get("Cmos:\\src\\lib\\deep\\b"), "B");
  EXPECT_EQ(get("m\\b"), "B");
  EXPECT_EQ(put("Cmos:\\src\\new", "x"), "1");
  EXPECT_EQ(slurp(top / "host/new"), "x");
  EXPECT_EQ(stat("Cmos:\\src\\lib\\deep\\b"), "file 1 ro");
  EXPECT_EQ(stat("m\\b"), "file 1");
}

TEST_F(MountTest, ReadOnlyOnesRefuseEveryChange) {
  testing::put(top / "host/a", "A");
  mount("Cmos:\\src=" + (top / "host").string() + ":ro");
  EXPECT_EQ(get("Cmos:\\src\\a"), "A");
  EXPECT_EQ(open("Cmos:\\src\\a", kRead | kWrite), "<access>");
  EXPECT_EQ(open("Cmos:\\src\\b", kWrite | kCreate), "<access>");
  EXPECT_EQ(mkdir("Cmos:\\src\\d"), "<access>");
  EXPECT_EQ(remove("Cmos:\\src\\a"), "<access>");
  EXPECT_EQ(rename("Cmos:\\src\\a", "Cmos:\\src\\b"), "<access>");
  EXPECT_EQ(tree(top / "host"), (std::map<std::string, std::string>{{"a", "A"}}));
}

TEST_F(MountTest, CannotBeRemovedMovedOrCrossed) {
  testing::put(top / "host/a", "A");
  mount("Cmos:\\src=" + (top / "host").string());
  mount("Cmos:\\data\\d\\m=" + (top / "host").string());
  mkdir("d");
  EXPECT_EQ(remove("Cmos:\\src"), "<access>");
  EXPECT_EQ(rename("Cmos:\\src", "x"), "<access>");
  EXPECT_EQ(remove("d"), "<access>");
  EXPECT_EQ(rename("d", "e"), "<access>");
  EXPECT_EQ(rename("Cmos:\\src\\a", "a"), "<access>");
  EXPECT_EQ(mkdir("Cmos:\\src"), "<exists>");
  EXPECT_EQ(slurp(top / "host/a"), "A");
}

TEST_F(MountTest, ErrorsNameTheFolder) {
  mount("Cmos:\\src=" + (top / "none").string());
  const auto missing = Namespace::create(config);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().file, (top / "none").string());
  testing::put(top / "file", "");
  config.mounts = {parse_mount("src=" + (top / "file").string()).value()};
  EXPECT_EQ(Namespace::create(config).error().code, ErrorCode::kNotFound);
  config.mounts = {parse_mount("src=" + top.string()).value(),
                   parse_mount("Cmos:\\src=" + top.string()).value()};
  EXPECT_EQ(Namespace::create(config).error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace cmos::vfs

#include "vfs/host_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/vfs/temp_folder.h"

namespace cmos::vfs {
namespace {

using testing::put;
using testing::slurp;
using testing::TempFolder;
namespace fs = std::filesystem;

std::string content(const VfsResult<UniqueFd>& fd) {
  if (!fd) return "<" + std::string(name(fd.error())) + ">";
  std::string out(100, '\0');
  const ssize_t got = ::read(fd->get(), out.data(), out.size());
  out.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return out;
}

/// Every test runs with openat2 and with the walk for kernels that lack it.
class HostFolders : public ::testing::TestWithParam<Confinement> {
 protected:
  void SetUp() override {
    put(outside / "secret", "secret");
    put(inside / "file", "inside");
    put(inside / "sub/file", "deeper");
  }
  bool follows_inner_links() const { return GetParam() == Confinement::kAuto; }

  TempFolder outside;
  TempFolder inside;
  HostFolder folder{inside.string(), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Confinements, HostFolders,
                         ::testing::Values(Confinement::kAuto, Confinement::kWalk),
                         [](const auto& test) {
                           return test.param == Confinement::kAuto ? "Kernel" : "Walk";
                         });

TEST_P(HostFolders, OpensFilesAndFolders) {
  EXPECT_EQ(content(folder.open("file", O_RDONLY)), "inside");
  EXPECT_EQ(content(folder.open("sub/file", O_RDONLY)), "deeper");
  EXPECT_TRUE(folder.open("sub", O_RDONLY));
  EXPECT_TRUE(folder.open("", O_RDONLY));
  EXPECT_EQ(content(folder.open("none", O_RDONLY)), "<not-found>");
  EXPECT_EQ(content(folder.open("none/file", O_RDONLY)), "<not-found>");
  EXPECT_EQ(content(folder.open("file/file", O_RDONLY)), "<not-directory>");
  EXPECT_EQ(content(folder.open("sub", O_WRONLY)), "<is-directory>");
}

TEST_P(HostFolders, DescriptorsDoNotReachChildProcesses) {
  const auto file = folder.open("file", O_RDONLY);
  EXPECT_EQ(::fcntl(file->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  const auto made = folder.create("new", O_WRONLY);
  EXPECT_EQ(::fcntl(made->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EXPECT_EQ(::fcntl(*folder.descriptor(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_P(HostFolders, LinksThatLeadOutAreRefused) {
  fs::create_symlink(outside.path() / "secret", inside / "absolute");
  fs::create_symlink("../" + outside.path().filename().string() + "/secret", inside / "relative");
  fs::create_symlink(outside.path(), inside / "folder");
  fs::create_symlink("/", inside / "top");
  fs::create_symlink("/proc/self/root", inside / "magic");
  fs::create_symlink("..", inside / "up");
  const std::string out = outside.path().filename().string();
  for (const std::string& path :
       {std::string("absolute"), std::string("relative"), std::string("folder/secret"),
        std::string("top/etc/passwd"), std::string("magic/etc/passwd"), "up/" + out + "/secret"}) {
    EXPECT_EQ(content(folder.open(path, O_RDONLY)), "<access>") << path;
    EXPECT_EQ(content(folder.open(path, O_RDWR)), "<access>") << path;
    EXPECT_EQ(folder.stat(path).error(), VfsError::kAccess) << path;
  }
  EXPECT_EQ(folder.create("folder/new", O_WRONLY).error(), VfsError::kAccess);
  EXPECT_EQ(folder.create("absolute", O_WRONLY).error(), VfsError::kExists);
  EXPECT_EQ(folder.make_folder("folder/new").error(), VfsError::kAccess);
  EXPECT_EQ(folder.make_folders("folder/new/deep").error(), VfsError::kAccess);
  EXPECT_EQ(folder.remove("folder/secret").error(), VfsError::kAccess);
  EXPECT_EQ(folder.rename("folder/secret", "mine").error(), VfsError::kAccess);
  EXPECT_EQ(folder.rename("file", "folder/secret").error(), VfsError::kAccess);
  EXPECT_EQ(folder.list("folder").error(), VfsError::kAccess);
  EXPECT_EQ(testing::tree(outside.path()),
            (std::map<std::string, std::string>{{"secret", "secret"}}));
}

TEST_P(HostFolders, ParentReferencesDoNotLeadOut) {
  // No Path contains them; should one get here all the same, it is refused.
  EXPECT_FALSE(folder.open("../" + outside.path().filename().string() + "/secret", O_RDONLY));
  EXPECT_FALSE(
      folder.open("sub/../../" + outside.path().filename().string() + "/secret", O_RDONLY));
  EXPECT_FALSE(folder.open("/etc/passwd", O_RDONLY));
}

TEST_P(HostFolders, LinksThatStayInsideAreFollowedWhereTheKernelChecksThem) {
  fs::create_symlink("sub/file", inside / "link");
  fs::create_symlink("sub", inside / "sublink");
  const std::string expected = follows_inner_links() ? "deeper" : "<access>";
  EXPECT_EQ(content(folder.open("link", O_RDONLY)), expected);
  EXPECT_EQ(content(folder.open("sublink/file", O_RDONLY)), expected);
  ASSERT_TRUE(folder.remove("link"));
  EXPECT_EQ(slurp(inside / "sub/file"), "deeper") << "removing a link leaves what it leads to";
}

TEST_P(HostFolders, RemovingATreeDoesNotFollowLinks) {
  fs::create_symlink(outside.path(), inside / "sub/out");
  put(inside / "sub/deep/x:y", "a name that no guest can spell");
  EXPECT_EQ(folder.remove("sub").error(), VfsError::kNotEmpty);
  ASSERT_TRUE(folder.remove_tree("sub"));
  EXPECT_FALSE(fs::exists(inside / "sub"));
  EXPECT_EQ(slurp(outside / "secret"), "secret");
}

TEST_P(HostFolders, FifosSocketsAndDevicesAreNeverOpened) {
  ASSERT_EQ(::mkfifo((inside / "fifo").c_str(), 0600), 0);
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (inside / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  std::vector<std::string> names{"fifo", "socket"};
  // Only a privileged user can make devices.
  if (::mknod((inside / "null").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0)
    names.emplace_back("null");
  for (const auto& special : names) {
    for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR}) {
      EXPECT_EQ(content(folder.open(special, flags)), "<access>") << special << " with " << flags;
    }
    EXPECT_EQ(folder.stat(special).error(), VfsError::kAccess);
    EXPECT_EQ(folder.create(special, O_WRONLY).error(), VfsError::kExists);
  }
}

TEST_P(HostFolders, LinksSwappedInWhileOpensRunNeverLeadOut) {
  // "spot" is now the folder with a harmless file, now a link to the folder outside with a secret
  // one of that name.
  put(inside / "spot/secret", "inside");
  fs::create_symlink(outside.path(), inside / "other");
  std::atomic<bool> done{false};
  std::atomic<int> swaps{0};
  std::thread swapper([&] {
    while (!done) {
      ::renameat2(AT_FDCWD, (inside / "spot").c_str(), AT_FDCWD, (inside / "other").c_str(),
                  RENAME_EXCHANGE);
      ++swaps;
    }
  });
  int opened = 0;
  int refused = 0;
  for (int i = 0; i < 20000 || (opened == 0 || refused == 0 || swaps < 100); ++i) {
    const std::string found = content(folder.open("spot/secret", O_RDONLY));
    if (found == "inside") ++opened;
    if (found == "<access>") ++refused;
    if (found == "secret") {
      ADD_FAILURE() << "opened a file outside, attempt " << i;
      break;
    }
  }
  done = true;
  swapper.join();
  EXPECT_GT(opened, 0);
  EXPECT_GT(refused, 0);
}

TEST_P(HostFolders, AFileSwappedForAFifoNeverBlocksAndIsNeverHandedOut) {
  put(inside / "spot", "inside");
  ASSERT_EQ(::mkfifo((inside / "other").c_str(), 0600), 0);
  std::atomic<bool> done{false};
  std::thread swapper([&] {
    while (!done)
      ::renameat2(AT_FDCWD, (inside / "spot").c_str(), AT_FDCWD, (inside / "other").c_str(),
                  RENAME_EXCHANGE);
  });
  for (int i = 0; i < 20000; ++i) {
    const auto fd = folder.open("spot", O_RDONLY);
    if (!fd) continue;
    struct stat info {};
    ASSERT_EQ(::fstat(fd->get(), &info), 0);
    if (!S_ISREG(info.st_mode)) {
      ADD_FAILURE() << "handed out a FIFO";
      break;
    }
  }
  done = true;
  swapper.join();
}

TEST_P(HostFolders, ListsInByteOrderWithoutNamesThatNoGuestCanSpell) {
  for (const char* file : {"b", "a", "B", "Ä", "a.b", "x:y", "x\\y", "tab\t", "bad\xff"})
    put(inside / "sub2" / file, "");
  fs::create_directory(inside / "sub2/z");
  const auto found = folder.list("sub2");
  ASSERT_TRUE(found);
  std::vector<std::string> names;
  for (const auto& entry : *found) names.push_back(entry.name + (entry.directory ? "/" : ""));
  EXPECT_EQ(names, (std::vector<std::string>{"B", "a", "a.b", "b", "z/", "Ä"}));
  EXPECT_EQ(folder.list("file").error(), VfsError::kNotDirectory);
}

TEST_P(HostFolders, LongPathsAreInvalidNotACrash) {
  std::string path = "a";
  while (path.size() < 5000) path += "/a";
  EXPECT_EQ(folder.open(path, O_RDONLY).error(), VfsError::kInvalid);
  EXPECT_EQ(folder.create(path, O_WRONLY).error(), VfsError::kInvalid);
  EXPECT_EQ(folder.stat(std::string(300, 'a')).error(), VfsError::kInvalid);
}

TEST(HostFoldersToBe, AreMadeByTheFirstWriteOnly) {
  const TempFolder top;
  const auto root = std::make_shared<HostFolder>((top / "a/b").string());
  const HostFolder data(root, "data/deep");
  EXPECT_EQ(data.open("x", O_RDONLY).error(), VfsError::kNotFound);
  EXPECT_EQ(data.stat("").error(), VfsError::kNotFound);
  EXPECT_EQ(data.list("").error(), VfsError::kNotFound);
  EXPECT_TRUE(testing::tree(top.path()).empty());
  EXPECT_TRUE(data.create("x", O_WRONLY));
  EXPECT_TRUE(fs::exists(top / "a/b/data/deep/x"));
}

}  // namespace
}  // namespace cmos::vfs

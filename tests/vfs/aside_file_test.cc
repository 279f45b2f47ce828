// Files on their way to their place: those of living makers stay, those of killed ones do not.
#include "vfs/aside_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/vfs/fault_ops.h"
#include "tests/vfs/namespace_fixture.h"

namespace cmos::vfs {
namespace {

class AsideFiles : public testing::NamespaceTest {
 protected:
  std::size_t asides() const { return testing::tree(top / "root/data/:aside").size(); }
  VfsResult<void> put_whole(const std::string& content, HostOps& ops = HostOps::host()) {
    return names().write_whole(*Path::parse("f"), as_bytes(content), ops);
  }
};

TEST_F(AsideFiles, OfKilledMakersAreRemovedByWhoeverComesNext) {
  for (int call = 0; call < 6; ++call) {
    const pid_t child = ::fork();
    if (child == 0) {
      testing::FaultOps ops;
      ops.arm(call, testing::Fault::kKillBefore);
      [[maybe_unused]] const auto never_returns = put_whole("new", ops);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFSIGNALED(status)) break;
    EXPECT_LE(asides(), 1u) << "call " << call;
    EXPECT_TRUE(put_whole("whole"));
    EXPECT_EQ(asides(), 0u) << "call " << call;
    EXPECT_EQ(testing::slurp(top / "root/data/f"), "whole");
  }
}

TEST_F(AsideFiles, OfLivingMakersStay) {
  const UniqueFd folder(::open(top.string().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto& host = HostOps::host();
  {
    auto first = AsideFile::create(host, folder.get());
    auto second = AsideFile::create(host, folder.get());
    ASSERT_TRUE(first && second);
    EXPECT_NE(first->name(), second->name());
    EXPECT_TRUE(first->finish(host));
    remove_abandoned(host, folder.get());
    EXPECT_EQ(testing::tree(top.path()).size(), 2u);
  }
  testing::put(top / ":other", "not ours to remove");
  remove_abandoned(host, folder.get());
  EXPECT_EQ(testing::tree(top.path()).size(), 1u);
}

TEST_F(AsideFiles, OfManyProcessesDoNotMeet) {
  constexpr int kProcesses = 8;
  constexpr int kRounds = 100;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      int failures = 0;
      for (int round = 0; round < kRounds; ++round)
        failures += put_whole(std::string(1000, static_cast<char>('a' + i))) ? 0 : 1;
      ::_exit(failures);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const std::string found = testing::slurp(top / "root/data/f");
  EXPECT_EQ(found, std::string(1000, found.empty() ? '?' : found.front()));
  EXPECT_EQ(asides(), 0u);
}

}  // namespace
}  // namespace cmos::vfs

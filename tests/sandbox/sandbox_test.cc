// What is left to a process that has confined itself, without an emulator around it.
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

namespace cmos::sandbox {
namespace {

/// Ends of a process that was confined by `policy` and then did `act`.
constexpr int kRefused = 1, kDone = 0, kNoSandbox = 2;

int confined(const Policy& policy, const std::function<bool()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!confine(policy).complete()) ::_exit(kNoSandbox);
    ::_exit(act() ? kDone : kRefused);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

class Sandbox : public ::testing::Test {
 protected:
  void SetUp() override {
    if (confined({}, [] { return true; }) == kNoSandbox) GTEST_SKIP() << "this host has no sandbox";
  }
};

bool opens(const char* path, int flags) {
  return ::open(path, flags | O_CLOEXEC) >= 0;
}

TEST_F(Sandbox, OpensNothingWithoutAPlace) {
  EXPECT_EQ(confined({}, [] { return opens("/etc/passwd", O_RDONLY); }), kRefused);
}

TEST_F(Sandbox, OpensWhatAPlaceHoldsAndNothingBeside) {
  const Policy etc{.places = {{.path = "/etc", .access = Place::Access::kRead}}};
  EXPECT_EQ(confined(etc, [] { return opens("/etc/passwd", O_RDONLY); }), kDone);
  EXPECT_EQ(confined(etc, [] { return opens("/etc/passwd", O_WRONLY); }), kRefused);
  EXPECT_EQ(confined(etc, [] { return opens("/dev/null", O_RDONLY); }), kRefused);
}

TEST_F(Sandbox, LeavesOutAPlaceThatDoesNotExist) {
  const Policy nowhere{.places = {{.path = "/nowhere/at/all"}}};
  EXPECT_EQ(confined(nowhere, [] { return true; }), kDone);
}

TEST_F(Sandbox, EndsAProcessThatAsksForASocket) {
  EXPECT_EQ(confined({}, [] { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }), -SIGSYS);
}

TEST_F(Sandbox, AReaderHasItsMemoryAndItsDescriptorsOnly) {
  const Policy reader{.places = {{.path = "/etc"}}, .calls = Policy::Calls::kReader};
  EXPECT_EQ(confined(reader,
                     [] {
                       const std::vector<char> memory(std::size_t{8} << 20, 'x');
                       return memory.back() == 'x';
                     }),
            kDone);
  EXPECT_EQ(confined(reader, [] { return opens("/etc/passwd", O_RDONLY); }), kRefused);
  EXPECT_EQ(confined(reader, [] { return ::unlink("/nowhere") == 0; }), -SIGSYS);
  EXPECT_EQ(confined(reader, [] { return ::fork() >= 0; }), -SIGSYS);
}

}  // namespace
}  // namespace cmos::sandbox

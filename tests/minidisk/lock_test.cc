// Exclusion across threads and processes, waits and their ends.
#include "minidisk/lock.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "tests/minidisk/fixture.h"

namespace cmos::minidisk {
namespace {

using testing::HostRun;
using testing::read;
using testing::text_of;
using namespace std::chrono_literals;

constexpr int kProcesses = 200;

class Locks : public testing::MinidiskTest {
 protected:
  Options counter(bool wait) const {
    Options out = options(4);
    out.policy.wait = wait;
    return out;
  }
  static VfsResult<void> increment(Minidisk& disk) {
    std::uint8_t bytes[4];
    CMOS_VFS_TRY_VOID(disk.read(0, bytes));
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    ++value;
    std::memcpy(bytes, &value, sizeof value);
    CMOS_VFS_TRY_VOID(disk.write(0, bytes));
    return disk.close();
  }
  std::uint32_t count() const {
    const std::string content = testing::slurp(backing());
    std::uint32_t value = 0;
    if (content.size() == sizeof value) std::memcpy(&value, content.data(), sizeof value);
    return value;
  }
  /// Starts them all at one moment; how many exited with each status.
  std::map<int, int> fight(bool wait) {
    int gate[2];
    EXPECT_EQ(::pipe(gate), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::close(gate[1]);
        char byte = 0;
        if (::read(gate[0], &byte, 1) != 0) ::_exit(99);
        HostRun run(config);
        Minidisk disk(run.registry, counter(wait));
        const auto done = increment(disk);
        ::_exit(done ? 0 : 1 + static_cast<int>(done.error()));
      }
      children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    std::map<int, int> out;
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      ++out[WIFEXITED(status) ? WEXITSTATUS(status) : -1];
    }
    return out;
  }
};

TEST_F(Locks, TwoHundredWaitingProcessesCountToTwoHundred) {
  EXPECT_EQ(fight(true), (std::map<int, int>{{0, kProcesses}}));
  EXPECT_EQ(count(), 200u);
  expect_no_strays();
}

TEST_F(Locks, OfTwoHundredThatDoNotWaitTheWinnersCountAndTheLosersAreBusy) {
  auto ends = fight(false);
  const int winners = ends[0];
  const int losers = ends[1 + static_cast<int>(VfsError::kMinidiskBusy)];
  EXPECT_GT(winners, 0);
  EXPECT_EQ(winners + losers, kProcesses);
  EXPECT_EQ(count(), static_cast<std::uint32_t>(winners));
  expect_no_strays();
}

TEST_F(Locks, ThreadsExcludeEachOtherAsProcessesDo) {
  HostRun run(config);
  constexpr int kThreads = 20;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  std::atomic<int> failures{0};
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Options mine = counter(true);
      mine.chain.process = static_cast<std::uint64_t>(i) + 1;
      Minidisk disk(run.registry, mine);
      if (!increment(disk)) ++failures;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(count(), std::uint32_t{kThreads});
}

TEST_F(Locks, AWaitEndsWithItsTimeout) {
  HostRun run(config);
  Minidisk holder(run.registry, counter(false));
  EXPECT_EQ(text_of(holder.lock(false)), "ok");
  Options patient = counter(true);
  patient.chain.process = 2;
  patient.policy.timeout = 5ms;
  Minidisk waiter(run.registry, patient);
  EXPECT_EQ(text_of(waiter.lock(true)), "minidisk-busy");
  patient.policy.timeout = std::chrono::nanoseconds(0);
  Minidisk impatient(run.registry, patient);
  EXPECT_EQ(read(impatient, 0, 4), "minidisk-busy");
  EXPECT_EQ(text_of(holder.unlock()), "ok");
  EXPECT_EQ(text_of(waiter.lock(true)), "ok") << "what gave up holds nothing back";
}

TEST_F(Locks, AWaitEndsWithAStopRequest) {
  HostRun run(config);
  Minidisk holder(run.registry, counter(false));
  EXPECT_EQ(text_of(holder.lock(false)), "ok");
  Options stopped = counter(true);
  stopped.chain.process = 2;
  int asked = 0;
  stopped.policy.stop_requested = [&] { return ++asked == 2; };
  Minidisk waiter(run.registry, stopped);
  EXPECT_EQ(read(waiter, 0, 4), "interrupted");
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(text_of(holder.unlock()), "ok");
  Minidisk next(run.registry, counter(false));
  EXPECT_EQ(text_of(next.lock(false)), "ok");
}

TEST_F(Locks, TheCallsModeOverridesThePolicy) {
  HostRun run(config);
  Minidisk holder(run.registry, counter(false));
  EXPECT_EQ(text_of(holder.lock(true)), "ok");
  Options patient = counter(true);
  patient.chain.process = 2;
  Minidisk other(run.registry, patient);
  EXPECT_EQ(text_of(other.lock(false)), "minidisk-busy");
}

TEST_F(Locks, AKilledHoldersLockGoesToTheOneThatWaits) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    HostRun run(config);
    Minidisk disk(run.registry, counter(false));
    if (!disk.lock(false) || ::write(ready[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  HostRun run(config);
  {
    Minidisk loser(run.registry, counter(false));
    EXPECT_EQ(text_of(loser.lock(false)), "minidisk-busy");
  }
  std::string outcome;
  std::thread waiter([&] {
    Minidisk disk(run.registry, counter(true));
    outcome = text_of(disk.lock(true));
  });
  ::kill(child, SIGKILL);
  waiter.join();
  EXPECT_EQ(outcome, "ok");
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(Locks, ARemovedLockFileLosesAndDoublesNothing) {
  HostRun first_run(config);
  HostRun second_run(config);
  const auto lock_file = top / "root/locks/sys_apps/app/md";
  {
    Minidisk first(first_run.registry, counter(false));
    EXPECT_EQ(testing::write(first, 0, "1111"), "4");
    testing::fs::remove(lock_file);
    EXPECT_EQ(text_of(first.flush()), "ok") << "nobody came meanwhile";
    EXPECT_TRUE(testing::fs::exists(lock_file)) << "the lock is whole again";
    Minidisk second(second_run.registry, counter(false));
    EXPECT_EQ(read(second, 0, 4), "minidisk-busy");
  }
  Minidisk first(first_run.registry, counter(false));
  EXPECT_EQ(testing::write(first, 0, "2222"), "4");
  testing::fs::remove(lock_file);
  Minidisk second(second_run.registry, counter(false));
  EXPECT_EQ(testing::write(second, 0, "3"), "1") << "it cannot know of the first";
  EXPECT_EQ(text_of(first.flush()), "access");
  ASSERT_TRUE(first.failure());
  EXPECT_NE(first.failure()->found.find("lock file removed"), std::string::npos);
  EXPECT_EQ(text_of(second.unlock()), "ok");
  EXPECT_EQ(testing::slurp(backing()), "3111") << "what the second one read, with its change";
  EXPECT_EQ(text_of(first.flush()), "access") << "changes of another process";
  EXPECT_EQ(text_of(first.close()), "access");
  EXPECT_EQ(testing::slurp(backing()), "3111");
}

TEST_F(Locks, AWaiterDoesNotTakeALockFileThatIsGone) {
  HostRun run(config);
  HostRun other(config);
  Minidisk holder(run.registry, counter(false));
  EXPECT_EQ(text_of(holder.lock(false)), "ok");
  Minidisk waiter(other.registry, counter(true));
  std::atomic<bool> locked{false};
  std::thread waiting([&] { locked = waiter.lock(true).has_value(); });
  const auto lock_file = top / "root/locks/sys_apps/app/md";
  testing::fs::remove(lock_file);
  EXPECT_EQ(text_of(holder.unlock()), "ok");
  waiting.join();
  EXPECT_TRUE(locked);
  EXPECT_TRUE(*is_locked(*other.names->state_folder(), lock_path("sys_apps/app/md")));
}

TEST_F(Locks, AreListedWithTheirHolders) {
  HostRun run(config);
  EXPECT_TRUE(list_locks(*run.names->state_folder())->empty());
  Minidisk plain(run.registry, options(4));
  Minidisk named(run.registry, options(4, "kept"));
  EXPECT_EQ(text_of(plain.lock(false)), "ok");
  EXPECT_EQ(text_of(named.lock(false)), "ok");
  EXPECT_EQ(text_of(plain.unlock()), "ok");
  const auto locks = list_locks(*run.names->state_folder());
  ASSERT_TRUE(locks);
  ASSERT_EQ(locks->size(), 2u);
  EXPECT_EQ((*locks)[0].identity, "data/kept");
  EXPECT_TRUE((*locks)[0].held);
  EXPECT_EQ((*locks)[0].host_pid, ::getpid());
  EXPECT_EQ((*locks)[1].identity, "sys_apps/app/md");
  EXPECT_FALSE((*locks)[1].held);
  EXPECT_FALSE((*locks)[1].host_pid);
}

}  // namespace
}  // namespace cmos::minidisk

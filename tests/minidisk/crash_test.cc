// What is on disk when a flush fails or its process dies: the whole old content or the whole new
// one, and nothing else.
#include <gtest/gtest.h>

#include <random>

#include "tests/minidisk/fixture.h"
#include "tests/repetitions.h"

namespace cmos::minidisk {
namespace {

using testing::Fault;
using testing::HostRun;
using testing::read;
using testing::slurp;
using testing::text_of;
using testing::write;

constexpr std::uint32_t kSize = 4096;
const std::string kOld(kSize, 'o');
/// Not the whole size, so that the file is also extended.
const std::string kNewBytes(kSize - 100, 'n');
const std::string kNew = kNewBytes + std::string(100, '\0');

class Crash : public testing::MinidiskTest {
 protected:
  void SetUp() override { testing::put(backing(), kOld); }

  /// Everything up to the flush of the new content, over the old file. Several writes per flush, as
  /// a large mini-disk needs.
  void start(HostRun& run, Minidisk& disk) {
    run.ops.largest_write = 1000;
    EXPECT_EQ(text_of(disk.replace({})), "ok");
    testing::put(backing(), kOld);
    EXPECT_EQ(write(disk, 0, kNewBytes), std::to_string(kNewBytes.size()));
    run.ops.disarm();
  }
  std::vector<std::string> calls_of_a_flush() {
    HostRun run(config);
    Minidisk disk(run.registry, options(kSize));
    start(run, disk);
    EXPECT_EQ(text_of(disk.flush()), "ok");
    auto log = run.ops.log();
    testing::put(backing(), kOld);
    return log;
  }
  std::string content_for_the_next() {
    HostRun run(config);
    Minidisk disk(run.registry, options(kSize));
    return read(disk, 0, kSize);
  }
};

TEST_F(Crash, AFlushSyncsTheContentBeforeTheNameAndTheNameBeforeItReturns) {
  // This order is what makes a power cut harmless: before "rename" the old name is untouched; what
  // "rename" puts in its place is durable; and after the last "sync" the name is, too.
  EXPECT_EQ(calls_of_a_flush(),
            (std::vector<std::string>{"open", "write", "write", "write", "write", "truncate",
                                      "sync", "close", "rename", "sync"}));
}

TEST_F(Crash, EveryFailureAtEveryCallIsReportedAndLeavesTheOldContent) {
  const auto calls = calls_of_a_flush();
  for (std::size_t at = 0; at < calls.size(); ++at) {
    for (const int error : {EIO, ENOSPC, EDQUOT, EROFS}) {
      SCOPED_TRACE(calls[at] + " " + std::to_string(at) + " fails with " + std::to_string(error));
      testing::put(backing(), kOld);
      HostRun run(config);
      Minidisk disk(run.registry, options(kSize));
      start(run, disk);
      run.ops.arm(static_cast<int>(at), Fault::kError, error);
      const auto flushed = disk.flush();
      ASSERT_FALSE(flushed) << "a failure must not be silent";
      const bool name_was_changed = at == calls.size() - 1;
      EXPECT_EQ(flushed.error(), name_was_changed ? VfsError::kNotDurable : vfs::from_errno(error));
      ASSERT_TRUE(disk.failure());
      EXPECT_EQ(disk.failure()->found.find("is in place") != std::string::npos, name_was_changed);
      EXPECT_EQ(slurp(backing()), name_was_changed ? kNew : kOld);
      expect_no_strays();
      EXPECT_TRUE(disk.held());
      run.ops.disarm();
      EXPECT_EQ(text_of(disk.flush()), "ok") << "the changes are still there to be saved";
      EXPECT_EQ(slurp(backing()), kNew);
    }
  }
}

TEST_F(Crash, AFailureAtTheEndOfTheProgramIsReportedAndTheLockIsFree) {
  HostRun run(config);
  Minidisk disk(run.registry, options(kSize));
  start(run, disk);
  run.ops.arm(6, Fault::kError, EIO);
  EXPECT_EQ(text_of(disk.close()), "io");
  EXPECT_EQ(content_for_the_next(), kOld);
}

TEST_F(Crash, AFailedCleanUpAfterAFailureIsMadeUpForByTheNextHolder) {
  const auto calls = calls_of_a_flush();
  // The failing "sync" is followed by "close" and then "unlink", which fails as well.
  class BothFail final : public testing::FaultOps {
   public:
    int sync(int) override {
      errno = EIO;
      return -1;
    }
    int unlink_at(int, const char*) override {
      errno = EIO;
      return -1;
    }
  };
  {
    BothFail ops;
    auto names = vfs::Namespace::create(config).value();
    Registry registry(*names);
    Minidisk first(registry, options(kSize));
    EXPECT_EQ(text_of(first.lock(false)), "ok");
    const auto place = names->backing_place("app", "").value();
    const auto target = place.volume->place_for_replacing(place.path);
    EXPECT_FALSE(vfs::replace_atomically(ops, target, vfs::aside_of(target, place.aside_name),
                                         as_bytes(kNew), kSize));
    EXPECT_TRUE(testing::fs::exists(top / "root/sys_apps/:aside/app"));
  }
  EXPECT_EQ(content_for_the_next(), kOld);
  expect_no_strays();
}

TEST_F(Crash, ShortWritesAreContinuedAndWritesOfNothingAreErrors) {
  const auto calls = calls_of_a_flush();
  for (std::size_t at = 0; at < calls.size(); ++at) {
    if (calls[at] != "write") continue;
    HostRun run(config);
    Minidisk disk(run.registry, options(kSize));
    start(run, disk);
    run.ops.arm(static_cast<int>(at), Fault::kZeroWrite);
    EXPECT_EQ(text_of(disk.flush()), "io");
    EXPECT_EQ(slurp(backing()), kOld);
    run.ops.arm(static_cast<int>(at), Fault::kShortWrite);
    EXPECT_EQ(text_of(disk.flush()), "ok");
    EXPECT_EQ(slurp(backing()), kNew);
    run.ops.disarm();
    EXPECT_EQ(text_of(disk.close()), "ok");
  }
}

TEST_F(Crash, AnUnreadableBackingFileIsReported) {
  HostRun run(config);
  Minidisk disk(run.registry, options(kSize));
  run.ops.arm(1, Fault::kError,
              EIO);  // the lock file is opened, a leftover looked for, then the content read
  const std::string answer = read(disk, 0, 4);
  EXPECT_EQ(answer, "io");
  EXPECT_FALSE(disk.held());
  run.ops.disarm();
  EXPECT_EQ(read(disk, 0, 4), "oooo");
}

TEST_F(Crash, KilledAtEveryCallOfAFlush) {
  const auto calls = calls_of_a_flush();
  int old_ones = 0;
  int new_ones = 0;
  for (std::size_t at = 0; at < calls.size(); ++at) {
    for (const Fault fault : {Fault::kKillBefore, Fault::kKillHalfway, Fault::kKillAfter}) {
      SCOPED_TRACE(calls[at] + " " + std::to_string(at));
      testing::put(backing(), kOld);
      const int status = in_child([&] {
        HostRun run(config);
        Minidisk disk(run.registry, options(kSize));
        start(run, disk);
        run.ops.arm(static_cast<int>(at), fault);
        [[maybe_unused]] const auto never_returns = disk.flush();
        return 0;
      });
      ASSERT_TRUE(WIFSIGNALED(status)) << "the child was to be killed";
      const std::string found = content_for_the_next();
      EXPECT_TRUE(found == kOld || found == kNew) << found.substr(0, 40);
      ++(found == kOld ? old_ones : new_ones);
      expect_no_strays();
    }
  }
  EXPECT_GT(old_ones, 0);
  EXPECT_GT(new_ones, 0);
}

/// Fills the mini-disk piece by piece with one letter after the other, telling its progress, until
/// it is killed.
int write_for_ever(const vfs::Config& config, const Options& options, int progress) {
  const auto tell = [&] { return ::write(progress, ".", 1) == 1; };
  HostRun run(config);
  for (int round = 0;; ++round) {
    Minidisk disk(run.registry, options);
    if (!disk.lock(false) || !tell()) return 1;
    const std::string piece(512, static_cast<char>('a' + round % 26));
    for (std::uint32_t at = 0; at < options.shape.size; at += 512) {
      if (write(disk, at, piece) != "512" || !tell()) return 2;
    }
    if (!disk.flush() || !tell() || !disk.unlock() || !tell() || !disk.close() || !tell()) return 3;
  }
}

TEST_F(Crash, KilledAtFiveHundredOtherPoints) {
  std::mt19937 random(20240607);
  std::map<char, int> letters;
  for (int i = 0; i < testing::repetitions(500); ++i) {
    int progress[2];
    ASSERT_EQ(::pipe(progress), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(progress[0]);
      ::_exit(write_for_ever(config, options(kSize), progress[1]));
    }
    ::close(progress[1]);
    char byte = 0;
    for (auto steps = 1 + random() % 40; steps > 0; --steps)
      ASSERT_EQ(::read(progress[0], &byte, 1), 1);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(progress[0]);
    ASSERT_TRUE(WIFSIGNALED(status));
    const std::string found = content_for_the_next();
    ASSERT_EQ(found, std::string(kSize, found.front())) << "a mixture of two contents";
    ++letters[found.front()];
    expect_no_strays();
  }
  EXPECT_GT(letters.size(), 1u);
}

}  // namespace
}  // namespace cmos::minidisk

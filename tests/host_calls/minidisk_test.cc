// The real cmos-run with the counter of the samples, killed and refused at its host calls: the lock
// is free at once, the mini-disk holds the whole old or the whole new count, a failure is never
// silent, and the next run leaves nothing behind (cpe 2.2, abi 4).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <random>
#include <set>

#include "tests/host_calls/traced_run.h"
#include "tests/repetitions.h"
#include "tests/vfs/temp_folder.h"

namespace cmos {
namespace {

using testing::HostCall;
using testing::TracedRun;

enum class Moment { kBefore, kAfter, kHalfway };

/// What one host call is in the life of a mini-disk.
struct Noted {
  HostCall call;
  bool in_window = false;  ///< from the lock to the end of the run
  bool in_flush = false;   ///< from the making of the file aside to the fsync of its folder
};

class Watcher {
 public:
  Noted note(const TracedRun& run, const HostCall& call) {
    if (call.number == SYS_fcntl && call.arguments[1] == F_OFD_SETLK) window_ = true;
    if (call.number == SYS_openat && (call.arguments[2] & O_EXCL) != 0 && window_ &&
        run.text(call.arguments[1]) == "counter") {
      flush_ = true;
    }
    const Noted out{call, window_, flush_};
    if (flush_ && is_rename(call)) renamed_here_ = true;
    if (flush_ && renamed_here_ && call.number == SYS_fsync) flush_ = renamed_here_ = false;
    return out;
  }
  static bool is_rename(const HostCall& call) {
    return call.number == SYS_renameat || call.number == SYS_renameat2 || call.number == SYS_rename;
  }

 private:
  bool window_ = false;
  bool flush_ = false;
  bool renamed_here_ = false;
};

class CountedRuns : public ::testing::Test {
 protected:
  std::vector<std::string> command(const std::string& times) const {
    return {CMOS_RUN,        "--no-supervise",
            "--sandbox=off", "--root",
            root.string(),   CMOS_SAMPLES "/8664/counter.cpe",
            "fail",          times};
  }
  /// What an undisturbed run makes of it; -1 when it fails.
  int count() {
    TracedRun run(command("1"));
    const int status = run.finish();
    const std::string said = run.output();
    EXPECT_EQ(status, 0) << said;
    EXPECT_TRUE(said.starts_with("counter: ")) << said;
    return status == 0 ? std::stoi(said.substr(std::string("counter: ").size())) : -1;
  }
  void expect_no_strays() const {
    static const std::set<std::string> known{"sys_apps/counter/md", "sys_apps/counter/identity",
                                             "locks/sys_apps/counter/md"};
    for (const auto& [name, content] : testing::tree(root)) {
      if (content == "/" || known.contains(name)) continue;
      ADD_FAILURE() << "stray file " << name;
    }
  }
  std::vector<Noted> calls_of(const std::string& times) {
    std::vector<Noted> out;
    TracedRun run(command(times));
    Watcher watcher;
    while (const auto call = run.enter()) {
      out.push_back(watcher.note(run, *call));
      if (!run.leave()) break;
    }
    EXPECT_EQ(run.finish(), 0) << run.output();
    return out;
  }
  /// How many counts were in place when it was killed at its `at`-th host call.
  int kill_at(const std::string& times, std::size_t at, Moment moment) {
    TracedRun run(command(times));
    Watcher watcher;
    int in_place = 0;
    for (std::size_t i = 0;; ++i) {
      const auto call = run.enter();
      if (!call) break;
      const Noted noted = watcher.note(run, *call);
      if (i == at && moment == Moment::kBefore) break;
      if (i == at && moment == Moment::kHalfway) run.shorten(call->arguments[2] / 2);
      const auto result = run.leave();
      if (noted.in_flush && Watcher::is_rename(*call) && result == 0) ++in_place;
      if (!result || i == at) break;
    }
    run.kill();
    return in_place;
  }

  static std::vector<Noted> window_of(const std::vector<Noted>& calls) {
    std::vector<Noted> out;
    for (const Noted& one : calls) {
      if (one.in_window) out.push_back(one);
    }
    return out;
  }
  /// Into the `at`-th host call of the window, counted there: how many come before it is not the
  /// same in every run, at least not with a sanitizer's.
  static std::optional<Noted> enter_in_window(TracedRun& run, std::size_t at) {
    Watcher watcher;
    while (const auto call = run.enter()) {
      const Noted noted = watcher.note(run, *call);
      if (noted.in_window && at-- == 0) return noted;
      if (!run.leave()) break;
    }
    return std::nullopt;
  }

  testing::TempFolder top;
  testing::fs::path root = top / "root";
};

TEST_F(CountedRuns, KilledAtEveryHostCallFromTheLockToTheEnd) {
  int expected = count();
  const auto calls = calls_of("1");
  ++expected;
  int old_ones = 0;
  int new_ones = 0;
  for (std::size_t at = 0; at < calls.size(); at += testing::kStride) {
    if (!calls[at].in_window) continue;
    for (const Moment moment : {Moment::kBefore, Moment::kHalfway, Moment::kAfter}) {
      const bool writes = calls[at].call.number == SYS_write;
      if (moment == Moment::kHalfway && !writes) continue;
      SCOPED_TRACE("host call " + std::to_string(at) + ", number " +
                   std::to_string(calls[at].call.number));
      const int in_place = kill_at("1", at, moment);
      ++(in_place == 0 ? old_ones : new_ones);
      expected += in_place + 1;
      ASSERT_EQ(count(), expected);
      expect_no_strays();
    }
  }
  EXPECT_GT(old_ones, 0);
  EXPECT_GT(new_ones, 0);
}

TEST_F(CountedRuns, KilledAtEveryHostCallOfTheFirstRunInARoot) {
  const auto calls = calls_of("1");
  for (std::size_t at = 0; at < calls.size(); at += testing::kStride) {
    if (!calls[at].in_window) continue;
    SCOPED_TRACE("host call " + std::to_string(at) + ", number " +
                 std::to_string(calls[at].call.number));
    root = top / std::to_string(at);
    const int in_place = kill_at("1", at, Moment::kBefore);
    ASSERT_EQ(count(), in_place + 1);
    expect_no_strays();
  }
}

TEST_F(CountedRuns, KilledAtFiveHundredOtherPoints) {
  int expected = count();
  const auto calls = calls_of("5");
  expected += 5;
  std::vector<std::size_t> others;
  for (std::size_t at = 0; at < calls.size(); ++at) {
    if (!calls[at].in_flush) others.push_back(at);
  }
  ASSERT_GT(others.size(), 20u);
  std::mt19937 random(20240607);
  for (int i = 0; i < testing::repetitions(500); ++i) {
    const std::size_t at = others[random() % others.size()];
    const Moment moment = random() % 2 == 0 ? Moment::kBefore : Moment::kAfter;
    SCOPED_TRACE("host call " + std::to_string(at) + ", number " +
                 std::to_string(calls[at].call.number));
    expected += kill_at("5", at, moment) + 1;
    ASSERT_EQ(count(), expected);
  }
  expect_no_strays();
}

TEST_F(CountedRuns, NoFailureOfTheHostIsSilent) {
  int value = count();
  const auto calls = window_of(calls_of("1"));
  ++value;
  const std::set<long> refusable{SYS_openat,   SYS_openat2,    SYS_read,       SYS_write,
                                 SYS_pwrite64, SYS_ftruncate,  SYS_fsync,      SYS_close,
                                 SYS_renameat, SYS_renameat2,  SYS_unlinkat,   SYS_mkdirat,
                                 SYS_fcntl,    SYS_newfstatat, SYS_getdents64, SYS_fstat};
  std::set<long> failed_in_flush;
  for (std::size_t at = 0; at < calls.size(); ++at) {
    if (!refusable.contains(calls[at].call.number)) continue;
    for (const int error : {EIO, ENOSPC}) {
      if (testing::kSanitized && (at % 2 == 0) != (error == EIO)) continue;
      SCOPED_TRACE("host call " + std::to_string(at) + ", number " +
                   std::to_string(calls[at].call.number) + " fails with " + std::to_string(error));
      TracedRun run(command("1"));
      const auto call = enter_in_window(run, at);
      ASSERT_TRUE(call && refusable.contains(call->call.number));
      run.refuse(error);
      run.leave();
      const int status = run.finish();
      ASSERT_TRUE(WIFEXITED(status)) << run.output();
      EXPECT_TRUE(status == 0 || !run.output().empty());
      if (status != 0 && call->in_flush) failed_in_flush.insert(call->call.number);
      const int now = count();
      if (status == 0) {
        ASSERT_EQ(now, value + 2) << "a count was lost without a word";
      } else {
        ASSERT_TRUE(now == value + 1 || now == value + 2) << now << " after " << value;
      }
      value = now;
      expect_no_strays();
    }
  }
  for (const long call : {SYS_openat, SYS_write, SYS_fsync, SYS_close})
    EXPECT_TRUE(failed_in_flush.contains(call)) << call;
  EXPECT_TRUE(failed_in_flush.contains(SYS_renameat) || failed_in_flush.contains(SYS_renameat2));
}

TEST_F(CountedRuns, ShortWritesAreContinued) {
  int value = count();
  const auto calls = window_of(calls_of("1"));
  ++value;
  int shortened = 0;
  for (std::size_t at = 0; at < calls.size(); ++at) {
    if (calls[at].call.number != SYS_write) continue;
    TracedRun run(command("1"));
    const auto call = enter_in_window(run, at);
    // Sanitizers ask with pipes of their own what memory is readable.
    const bool ours =
        call && call->call.number == SYS_write && !run.is_pipe(call->call.arguments[0]);
    if (ours) run.shorten(1);
    run.leave();
    EXPECT_EQ(run.finish(), 0);
    EXPECT_EQ(run.output(), "counter: " + std::to_string(++value) + "\n");
    shortened += ours ? 1 : 0;
  }
  EXPECT_GE(shortened, 2) << "the mini-disk's content and what the program says";
}

}  // namespace
}  // namespace cmos

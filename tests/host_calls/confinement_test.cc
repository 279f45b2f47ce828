// The real cmos-run with the copying program of the samples: links swapped in at each of its host
// calls never lead out of the root, with the host kernel's own check and on kernels that lack it
// (abi 5).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>

#include "tests/host_calls/traced_run.h"
#include "tests/repetitions.h"
#include "tests/vfs/temp_folder.h"

namespace cmos {
namespace {

using testing::TracedRun;

/// 0: the host has openat2; else how it says that it has not.
class Confinement : public ::testing::TestWithParam<int> {
 protected:
  Confinement() {
    testing::put(root / "data/spot/file", "inside");
    testing::put(top / "outside/file", "secret");
    testing::fs::create_symlink(top / "outside", top / "link");
  }
  std::vector<std::string> copy(const std::string& from, const std::string& to) const {
    return {CMOS_RUN,
            "--no-supervise",
            "--sandbox=off",
            "--root",
            root.string(),
            CMOS_SAMPLES "/8664/copy.cpe",
            from,
            to};
  }
  /// Runs to the end; `at` is called before each host call with its number in the order.
  template <class At>
  int run(TracedRun& traced, At&& at) const {
    int count = 0;
    while (const auto call = traced.enter()) {
      if (GetParam() != 0 && call->number == SYS_openat2) traced.refuse(GetParam());
      at(count++, *call);
      if (!traced.leave()) break;
    }
    return traced.finish();
  }
  void swap() const {
    ASSERT_EQ(::renameat2(AT_FDCWD, (root / "data/spot").c_str(), AT_FDCWD, (top / "link").c_str(),
                          RENAME_EXCHANGE),
              0);
  }

  testing::TempFolder top;
  testing::fs::path root = top / "root";
};
INSTANTIATE_TEST_SUITE_P(Hosts, Confinement, ::testing::Values(0, ENOSYS, EPERM),
                         [](const auto& test) {
                           return test.param == 0        ? "Openat2"
                                  : test.param == ENOSYS ? "NoSuchCall"
                                                         : "Forbidden";
                         });

TEST_P(Confinement, FilesInsideAreServedAndLinksOutAreNot) {
  testing::fs::create_symlink(top / "outside", root / "data/out");
  testing::fs::create_symlink("/etc/passwd", root / "data/passwd");
  const auto nothing = [](int, const testing::HostCall&) {};
  TracedRun inside(copy("spot\\file", "copied"));
  EXPECT_EQ(run(inside, nothing), 0) << inside.output();
  EXPECT_EQ(testing::slurp(root / "data/copied"), "inside");
  const std::pair<std::string, std::string> attempts[] = {
      {"out\\file", "not permitted"},
      {"passwd", "not permitted"},
      // `..` is resolved in the text, and the top has no parent.
      {"out\\..\\..\\..\\..\\outside\\file", "no such file or directory"},
      {"CMOS:\\..\\outside\\file", "no such file or directory"},
  };
  for (const auto& [from, refusal] : attempts) {
    TracedRun outside(copy(from, "stolen"));
    EXPECT_NE(run(outside, nothing), 0);
    EXPECT_EQ(outside.output(), "copy: " + from + ": " + refusal + "\n");
    TracedRun written(copy("spot\\file", from));
    EXPECT_NE(run(written, nothing), 0);
  }
  EXPECT_FALSE(testing::fs::exists(root / "data/stolen"));
  EXPECT_EQ(testing::tree(top / "outside"),
            (std::map<std::string, std::string>{{"file", "secret"}}));
}

TEST_P(Confinement, ALinkSwappedInAtAnyHostCallDoesNotLeadOut) {
  int first = -1;
  int calls = 0;
  {
    TracedRun all(copy("spot\\file", "copied"));
    run(all, [&](int number, const testing::HostCall& call) {
      const bool opens = call.number == SYS_openat || call.number == SYS_open;
      if (first < 0 && opens && all.text(call.arguments[1]) == root) first = number;
      calls = number;
    });
  }
  ASSERT_GE(first, 0) << "where the root is opened";
  int read_inside = 0;
  int refused = 0;
  for (const bool reads : {true, false}) {
    for (int at = first; at < calls; at += testing::kStride) {
      SCOPED_TRACE("swapped before host call " + std::to_string(at));
      testing::fs::remove(root / "data/copied");
      testing::fs::remove(root / "data/spot/new");
      if (!reads) testing::put(root / "data/mine", "mine");
      TracedRun traced(reads ? copy("spot\\file", "copied") : copy("mine", "spot\\new"));
      bool swapped = false;
      const int status = run(traced, [&](int number, const testing::HostCall&) {
        if (number != at) return;
        swap();
        swapped = true;
      });
      if (swapped) swap();
      EXPECT_NE(testing::slurp(root / "data/copied"), "secret");
      ++(status == 0 ? read_inside : refused);
      ASSERT_EQ(testing::tree(top / "outside"),
                (std::map<std::string, std::string>{{"file", "secret"}}));
    }
  }
  EXPECT_GT(read_inside, 0);
  EXPECT_GT(refused, 0);
}

TEST_P(Confinement, AMiniDiskIsNeitherReadNorWrittenThroughALinkThatLeadsOut) {
  testing::fs::create_directories(root / "sys_apps/counter");
  testing::fs::create_symlink(top / "outside/file", root / "sys_apps/counter/md");
  TracedRun counter({CMOS_RUN, "--no-supervise", "--sandbox=off", "--root", root.string(),
                     CMOS_SAMPLES "/8664/counter.cpe"});
  EXPECT_NE(run(counter, [](int, const testing::HostCall&) {}), 0);
  EXPECT_NE(counter.output().find("not permitted"), std::string::npos) << counter.output();
  EXPECT_EQ(testing::slurp(top / "outside/file"), "secret");
}

}  // namespace
}  // namespace cmos

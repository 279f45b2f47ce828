// The child process: missing, slow, crashing, mute.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/assembler/fixture.h"

namespace cmos::assembler {
namespace {

using ::testing::HasSubstr;

class Encoder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "cmos-as-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// A shell script in place of the encoder.
  Result<Output> run(const std::string& script, std::chrono::milliseconds timeout) {
    const std::filesystem::path program = folder_ / "encoder";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    ::chmod(program.c_str(), 0755);
    AssembleOptions options = with_files({});
    options.encoder = program.string();
    options.encoder_timeout = timeout;
    return assemble("t.asm", "f: ret\n", options);
  }

  std::filesystem::path folder_;
  static constexpr std::chrono::milliseconds kLong{60'000};
};

TEST_F(Encoder, ThatHangsIsStopped) {
  const auto out = run("exec sleep 600", std::chrono::milliseconds(50));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, ErrorCode::kLimit);
}

TEST_F(Encoder, ThatCrashesIsNamed) {
  const auto out = run("echo 'LLVM ERROR: no' >&2; kill -SEGV $$", kLong);
  ASSERT_FALSE(out);
  EXPECT_THAT(out.error().text(), HasSubstr("crashed (signal 11): LLVM ERROR: no"));
}

TEST_F(Encoder, ThatFailsWithoutAReasonIsAnError) {
  const auto out = run("echo 'out of paper' >&2; exit 3", kLong);
  ASSERT_FALSE(out);
  EXPECT_THAT(out.error().text(), HasSubstr("the encoder failed: out of paper"));
}

TEST_F(Encoder, ThatWritesNothingIsAnError) {
  EXPECT_FALSE(run("exit 0", kLong));
}

TEST_F(Encoder, ThatWritesRubbishIsAnError) {
  const auto out = run("echo rubbish", kLong);
  ASSERT_FALSE(out);
  EXPECT_NE(out.error().code, ErrorCode::kInternal);
}

TEST_F(Encoder, ThatWritesForEverRunsIntoALimit) {
  EXPECT_FALSE(run("exec cat /dev/zero", kLong));
}

TEST_F(Encoder, ThatIsMissingIsNamed) {
  AssembleOptions options = with_files({});
  options.encoder = (folder_ / "nothing").string();
  const auto out = assemble("t.asm", "f: ret\n", options);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(out.error().text(), HasSubstr("nothing: the encoder cannot be started"));
}

}  // namespace
}  // namespace cmos::assembler

#include "base/host_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace cmos {
namespace {

namespace fs = std::filesystem;

class HostFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "cmos-host-file-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const char* name) const { return folder_ / name; }

  fs::path folder_;
};

TEST_F(HostFile, WritesWhatIsReadAndLeavesNothingElse) {
  ASSERT_TRUE(write_host_file(path("a"), as_bytes("first")));
  ASSERT_TRUE(write_host_file(path("a"), as_bytes("second")));
  const auto read = read_host_file(path("a"));
  ASSERT_TRUE(read);
  EXPECT_EQ(as_text(*read), "second");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(HostFile, WhatIsNoRegularFileKeepsItsPlace) {
  ASSERT_TRUE(write_host_file("/dev/null", as_bytes("gone")));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  ASSERT_TRUE(write_host_file(path("target"), as_bytes("old")));
  fs::create_symlink("target", path("link"));
  ASSERT_TRUE(write_host_file(path("link"), as_bytes("new")));
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(as_text(*read_host_file(path("target"))), "new");
}

TEST_F(HostFile, AProgramCanBeStartedByWhoeverCanReadIt) {
  ASSERT_TRUE(write_host_file(path("program"), as_bytes("x"), FileMode::kProgram));
  ASSERT_TRUE(write_host_file(path("data"), as_bytes("x")));
  const auto executable = fs::perms::owner_exec;
  EXPECT_EQ(fs::status(path("program")).permissions() & executable, executable);
  EXPECT_EQ(fs::status(path("data")).permissions() & executable, fs::perms::none);
}

TEST_F(HostFile, SaysWhichKindOfFailureItWas) {
  EXPECT_EQ(read_host_file(path("none")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_host_file(folder_).error().code, ErrorCode::kUnreadable);
  EXPECT_EQ(write_host_file(path("no/folder"), as_bytes("x")).error().code, ErrorCode::kHostIo);
  ASSERT_TRUE(write_host_file(path("big"), as_bytes("four")));
  EXPECT_EQ(read_host_file(path("big"), 3).error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace cmos

#include "vfs/handles.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <numeric>

#include "tests/vfs/namespace_fixture.h"

namespace cmos::vfs {
namespace {

class HandleTest : public testing::NamespaceTest {};

TEST_F(HandleTest, CountFromThreeAndTheLowestFreeOneComesFirst) {
  put("a", "x");
  EXPECT_EQ(opened("a", kRead), 3u);
  EXPECT_EQ(opened("a", kRead), 4u);
  EXPECT_EQ(opened("a", kRead), 5u);
  EXPECT_TRUE(handles().close(4));
  EXPECT_TRUE(handles().close(3));
  EXPECT_EQ(opened("a", kRead), 3u);
  EXPECT_EQ(opened("a", kRead), 4u);
  EXPECT_EQ(handles().open_count(), 3u);
  handles().close_all();
  EXPECT_EQ(handles().open_count(), 0u);
  EXPECT_EQ(opened("a", kRead), 3u);
}

TEST_F(HandleTest, OthersAreBadHandles) {
  put("a", "x");
  const auto handle = opened("a", kRead);
  EXPECT_TRUE(handles().close(handle));
  for (const std::uint64_t bad :
       {std::uint64_t{0}, std::uint64_t{2}, handle, handle + 1, UINT64_MAX}) {
    EXPECT_EQ(handles().get(bad).error(), VfsError::kBadHandle);
    EXPECT_EQ(handles().close(bad).error(), VfsError::kBadHandle);
  }
}

TEST_F(HandleTest, TooManyCreatesNothing) {
  Handles two(names(), 2);
  ASSERT_TRUE(two.open(".", kRead));
  ASSERT_TRUE(two.open("Cmos:\\", kRead));
  EXPECT_EQ(two.open("new", kWrite | kCreate).error(), VfsError::kTooMany);
  EXPECT_EQ(stat("new"), "<not-found>");
  EXPECT_EQ(two.open("a/b", kRead).error(), VfsError::kInvalid);
}

TEST_F(HandleTest, TheHostsOwnLimitIsTooManyAsWell) {
  put("a", "x");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  const std::string answer = open("a", kRead);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(answer, "<too-many>");
}

TEST_F(HandleTest, ReadWriteSeek) {
  const auto handle = opened("a", kRead | kWrite | kCreate);
  EXPECT_EQ(write(handle, "0123456789"), "10");
  EXPECT_EQ(read(handle), "");
  EXPECT_EQ(file(handle).seek(2, Whence::kStart).value(), 2u);
  EXPECT_EQ(read(handle, 3), "234");
  EXPECT_EQ(file(handle).seek(-1, Whence::kCurrent).value(), 4u);
  EXPECT_EQ(read(handle, 1), "4");
  EXPECT_EQ(file(handle).seek(-2, Whence::kEnd).value(), 8u);
  EXPECT_EQ(read(handle), "89");
  EXPECT_EQ(file(handle).seek(-11, Whence::kEnd).error(), VfsError::kInvalid);
  EXPECT_EQ(file(handle).seek(INT64_MIN, Whence::kCurrent).error(), VfsError::kInvalid);
  EXPECT_EQ(file(handle).seek(INT64_MAX, Whence::kCurrent).error(), VfsError::kInvalid);
  EXPECT_EQ(file(handle).seek(0, Whence::kCurrent).value(), 10u) << "a failed seek moves nothing";
  EXPECT_EQ(file(handle).seek(15, Whence::kStart).value(), 15u);
  EXPECT_EQ(read(handle), "");
  EXPECT_EQ(write(handle, "x"), "1");
  EXPECT_EQ(write(handle, ""), "0");
  EXPECT_EQ(stat("a"), "file 16");
  EXPECT_EQ(file(handle).list({}).error(), VfsError::kNotDirectory);
}

TEST_F(HandleTest, WhatAFileWasNotOpenedForIsRefused) {
  put("a", "x");
  const auto reader = opened("a", kRead);
  const auto writer = opened("a", kWrite);
  EXPECT_EQ(write(reader, "y"), "<access>");
  EXPECT_EQ(write(reader, ""), "<access>");
  EXPECT_EQ(read(writer), "<access>");
}

TEST_F(HandleTest, AppendingGoesToTheEndWhateverThePosition) {
  put("a", "123");
  const auto handle = opened("a", kRead | kWrite | kAppend);
  EXPECT_EQ(file(handle).seek(0, Whence::kStart).value(), 0u);
  EXPECT_EQ(write(handle, "4"), "1");
  EXPECT_EQ(get("a"), "1234");
}

TEST_F(HandleTest, FoldersAreListedOnly) {
  const auto handle = opened(".", kRead);
  EXPECT_EQ(read(handle), "<is-directory>");
  EXPECT_EQ(write(handle, "x"), "<is-directory>");
  EXPECT_EQ(file(handle).seek(0, Whence::kStart).error(), VfsError::kIsDirectory);
}

TEST_F(HandleTest, ListingWaitsForALargeEnoughBuffer) {
  put("abc", "");
  put("de", "");
  const auto handle = opened(".", kRead);
  std::vector<std::uint8_t> small(2);
  std::vector<std::uint8_t> exact(3);
  EXPECT_EQ(file(handle).list({}).error(), VfsError::kInvalid);
  EXPECT_EQ(file(handle).list(small).error(), VfsError::kInvalid);
  EXPECT_EQ(file(handle).list(exact).value(), 3u);
  EXPECT_EQ(as_text(exact), "abc");
  EXPECT_EQ(file(handle).list(small).value(), 2u);
  EXPECT_EQ(as_text(small), "de");
  EXPECT_EQ(file(handle).list({}).value(), 0u);
  EXPECT_EQ(file(handle).list(small).value(), 0u);
}

TEST_F(HandleTest, ListingStaysAsItWasWhileItIsOpen) {
  for (const char* name : {"a", "b", "c"}) put(name, "");
  const auto handle = opened(".", kRead);
  std::vector<std::uint8_t> name(9);
  EXPECT_EQ(file(handle).list(name).value(), 1u);
  EXPECT_EQ(remove("b"), "ok");
  put("a2", "");
  EXPECT_EQ(file(handle).list(name).value(), 1u);
  EXPECT_EQ(name[0], 'b');
  EXPECT_EQ(list("."), "a a2 c");
}

TEST_F(HandleTest, LargeFilesInPiecesIntoTheCallersMemory) {
  std::string content(10 << 20, '\0');
  std::iota(content.begin(), content.end(), '\0');
  EXPECT_EQ(put("large", content), std::to_string(content.size()));
  const auto handle = opened("large", kRead);
  std::vector<std::uint8_t> memory(content.size());
  constexpr std::size_t kPiece = 1 << 16;
  for (std::size_t at = 0; at < memory.size(); at += kPiece) {
    ASSERT_EQ(file(handle).read(std::span(memory).subspan(at, kPiece)).value(), kPiece);
  }
  EXPECT_TRUE(as_text(memory) == content);
}

TEST_F(HandleTest, AProgramIsReadAndListedThroughOneHandle) {
  add_program("app", "0123456789", 4);
  const auto handle = opened("Cmos:\\sys_apps\\app", kRead);
  EXPECT_EQ(read(handle, 4), "0123");
  EXPECT_EQ(file(handle).seek(-2, Whence::kEnd).value(), 8u);
  EXPECT_EQ(read(handle), "89");
  EXPECT_EQ(read(handle), "");
  EXPECT_EQ(file(handle).seek(-11, Whence::kEnd).error(), VfsError::kInvalid);
  EXPECT_EQ(file(handle).seek(100, Whence::kStart).value(), 100u);
  EXPECT_EQ(read(handle), "");
  EXPECT_EQ(write(handle, "x"), "<access>");
  std::vector<std::uint8_t> name(2);
  EXPECT_EQ(file(handle).list(name).value(), 2u);
  EXPECT_EQ(as_text(name), "md");
  EXPECT_EQ(file(handle).list(name).value(), 0u);
}

// ---- quotas -------------------------------------------------------------------------------------

class Quotas : public testing::NamespaceTest {};

TEST_F(Quotas, LimitFilesAndFolders) {
  testing::put(top / "root/data/before", "");
  config.max_files = 2;
  EXPECT_EQ(put("a", "x"), "1");
  EXPECT_EQ(mkdir("d"), "ok");
  EXPECT_EQ(put("b", "x"), "<no-space>");
  EXPECT_EQ(open("b", kWrite | kCreate | kExclusive), "<no-space>");
  EXPECT_EQ(mkdir("e"), "<no-space>");
  EXPECT_EQ(put("a", "again"), "5") << "an existing file needs no room";
  EXPECT_EQ(put("before", "y"), "1");
  EXPECT_EQ(open("a", kWrite | kCreate | kExclusive), "<exists>");
  EXPECT_EQ(open("none\\b", kWrite | kCreate), "<not-found>");
  EXPECT_EQ(mkdir("d"), "<exists>");
  EXPECT_EQ(mkdir("none\\d"), "<not-found>");
  EXPECT_EQ(remove("a"), "ok");
  EXPECT_EQ(put("b", "x"), "1");
  EXPECT_EQ(put("c", "x"), "<no-space>");
  EXPECT_EQ(rename("b", "before"), "ok");
  EXPECT_EQ(put("c", "x"), "1") << "a replaced file gives its room back";
}

TEST_F(Quotas, LimitBytesByGrowth) {
  testing::put(top / "root/data/before", std::string(100, 'x'));
  config.max_bytes = 10;
  const auto handle = opened("a", kRead | kWrite | kCreate);
  EXPECT_EQ(write(handle, "12345678"), "8");
  EXPECT_EQ(write(handle, "123"), "<no-space>");
  EXPECT_EQ(write(handle, "12"), "2");
  EXPECT_EQ(file(handle).seek(0, Whence::kStart).value(), 0u);
  EXPECT_EQ(write(handle, "overwrites"), "10");
  EXPECT_EQ(put("before", "overwrites, too", kWrite), "15");
  EXPECT_EQ(put("before", "!", kWrite | kAppend), "<no-space>");
  EXPECT_EQ(put("b", "x"), "<no-space>");
  EXPECT_EQ(remove("a"), "ok");
  EXPECT_TRUE(handles().close(handle));
  EXPECT_EQ(put("b", "0123456789"), "10");
  EXPECT_EQ(put("b", "01234"), "5") << "what truncation cuts off is room again";
  EXPECT_EQ(put("b", "56789", kWrite | kAppend), "5");
  EXPECT_EQ(put("b", "x", kWrite | kAppend), "<no-space>");
}

TEST_F(Quotas, KeepWhatAnOpenHandleKeepsOnTheDisk) {
  config.max_bytes = 10;
  config.max_files = 1;
  const auto first = opened("a", kRead | kWrite | kCreate);
  const auto second = opened("a", kRead);
  EXPECT_EQ(write(first, "12345678"), "8");
  EXPECT_EQ(remove("a"), "ok");
  EXPECT_EQ(put("b", ""), "<no-space>") << "the file is still there";
  EXPECT_EQ(write(first, "90"), "2");
  EXPECT_EQ(write(first, "!"), "<no-space>") << "and so are its bytes";
  EXPECT_TRUE(handles().close(first));
  EXPECT_EQ(put("b", ""), "<no-space>") << "one handle is left";
  EXPECT_TRUE(handles().close(second));
  EXPECT_EQ(put("b", "1234567890"), "10");
}

TEST_F(Quotas, KeepWhatARenamedFileReplacedWhileItIsOpen) {
  config.max_bytes = 10;
  EXPECT_EQ(put("a", "12345"), "5");
  EXPECT_EQ(put("b", "12345"), "5");
  const auto handle = opened("b", kRead);
  EXPECT_EQ(rename("a", "b"), "ok");
  EXPECT_EQ(put("b", "!", kWrite | kAppend), "<no-space>");
  EXPECT_TRUE(handles().close(handle));
  EXPECT_EQ(put("b", "!", kWrite | kAppend), "1");
}

TEST_F(Quotas, GiveNothingForAFileThatHasAnotherName) {
  testing::put(top / "root/data/kept", std::string(100, 'x'));
  std::filesystem::create_hard_link(top / "root/data/kept", top / "root/data/name");
  config.max_bytes = 10;
  EXPECT_EQ(remove("name"), "ok");
  EXPECT_EQ(put("a", "1234567890"), "10");
  EXPECT_EQ(put("a", "!", kWrite | kAppend), "<no-space>");
}

TEST_F(Quotas, CountHoles) {
  config.max_bytes = 100;
  const auto handle = opened("a", kWrite | kCreate);
  EXPECT_EQ(file(handle).seek(1 << 20, Whence::kStart).value(), 1u << 20);
  EXPECT_EQ(write(handle, "x"), "<no-space>");
  EXPECT_EQ(stat("a"), "file 0");
}

TEST_F(Quotas, AFullHostDiskIsNoSpace) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = 4;
  const auto old = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::string answers = put("a", "1234");
  answers += put("b", "12345678");
  answers += put("a", "x", kWrite | kAppend);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, old);
  EXPECT_EQ(answers, "44<no-space>");
}

}  // namespace
}  // namespace cmos::vfs

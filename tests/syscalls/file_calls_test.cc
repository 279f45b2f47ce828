// The calls on files (abi 3, 0x10–0x19): what they do, each error that a guest can cause, and bad
// pointers.
#include "tests/syscalls/storage_guest.h"

namespace cmos::syscalls {
namespace {

class FileCalls : public StorageCalls {};
INSTANTIATE_TEST_SUITE_P(Registers, FileCalls, ::testing::Values(4u, 8u), width_name);

constexpr std::uint64_t kRead = 1, kWrite = 2, kCreate = 4, kTruncate = 8, kAppend = 16,
                        kExclusive = 32;

TEST_P(FileCalls, WriteThenReadBack) {
  const auto file = opened("a.txt", kRead | kWrite | kCreate);
  guest.poke(kBuffer, "hello");
  EXPECT_EQ(guest.call("write", file, kBuffer, 5), 5);
  EXPECT_EQ(guest.call("seek", file, 1, 0), 1);
  EXPECT_EQ(guest.call("read", file, kBuffer + 16, 100), 4);
  EXPECT_EQ(guest.peek(kBuffer + 16, 5), std::string_view("ello\0", 5));
  EXPECT_EQ(guest.call("read", file, kBuffer, 100), 0);
  EXPECT_EQ(guest.call("close", file), 0);
  EXPECT_EQ(cmos::testing::slurp(top / "root/data/a.txt"), "hello");
}

TEST_P(FileCalls, ReadAndWriteCrossRegions) {
  host_file("a", "0123456789");
  ASSERT_TRUE(guest.memory.map(kImageEnd, emu::kGuestPage, emu::kRead | emu::kWrite, "more"));
  const auto file = opened("a", kRead | kWrite);
  EXPECT_EQ(guest.call("read", file, kImageEnd - 4, 8), 8);
  EXPECT_EQ(guest.peek(kImageEnd - 4, 4) + guest.peek(kImageEnd, 4), "01234567");
  EXPECT_EQ(guest.call("write", file, kImageEnd - 2, 4), 4);
  EXPECT_EQ(cmos::testing::slurp(top / "root/data/a"), "012345672345");
}

TEST_P(FileCalls, OpenErrors) {
  host_file("file", "x");
  host_file("folder/inside", "x");
  const auto open = [&](std::string_view path, std::uint64_t flags) {
    return with_path("open", path, flags);
  };
  EXPECT_EQ(open("", kRead), code(Status::kInvalid));
  EXPECT_EQ(open("a/b", kRead), code(Status::kInvalid));
  EXPECT_EQ(open("file", 0), code(Status::kInvalid));
  EXPECT_EQ(open("file", kRead | kTruncate), code(Status::kInvalid));
  EXPECT_EQ(open("file", 64 | kRead), code(Status::kInvalid));
  EXPECT_EQ(open("missing", kRead), code(Status::kNotFound));
  EXPECT_EQ(open("file", kWrite | kCreate | kExclusive), code(Status::kExists));
  EXPECT_EQ(open("Cmos:\\new", kWrite | kCreate), code(Status::kAccess));
  EXPECT_EQ(open("file\\x", kRead), code(Status::kNotDirectory));
  EXPECT_EQ(open("folder", kWrite), code(Status::kIsDirectory));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(open("file", kRead | kWrite | kAppend), 3 + i);
  EXPECT_EQ(open("file", kRead), code(Status::kTooMany));
  EXPECT_EQ(guest.call("close", 5), 0);
  EXPECT_EQ(open("file", kRead), 5);
}

TEST_P(FileCalls, FlagsOf64BitsAreNotCut) {
  if (GetParam() == 4) return;
  host_file("file", "x");
  EXPECT_EQ(with_path("open", "file", (1ull << 32) | kRead), code(Status::kInvalid));
}

TEST_P(FileCalls, HandleErrors) {
  host_file("file", "x");
  host_file("folder/inside", "x");
  for (const std::uint64_t handle :
       {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{1000}, guest.mask}) {
    EXPECT_EQ(guest.call("close", handle), code(Status::kBadHandle));
    EXPECT_EQ(guest.call("read", handle, kBuffer, 1), code(Status::kBadHandle));
    EXPECT_EQ(guest.call("write", handle, kBuffer, 1), code(Status::kBadHandle));
    EXPECT_EQ(guest.call("seek", handle, 0, 0), code(Status::kBadHandle));
    EXPECT_EQ(guest.call("list", handle, kBuffer, 1), code(Status::kBadHandle));
  }
  const auto reader = opened("file", kRead);
  EXPECT_EQ(guest.call("write", reader, kBuffer, 1), code(Status::kAccess));
  EXPECT_EQ(guest.call("list", reader, kBuffer, 9), code(Status::kNotDirectory));
  const auto writer = opened("file", kWrite);
  EXPECT_EQ(guest.call("read", writer, kBuffer, 1), code(Status::kAccess));
  const auto folder = opened("folder", kRead);
  EXPECT_EQ(guest.call("read", folder, kBuffer, 1), code(Status::kIsDirectory));
  EXPECT_EQ(guest.call("write", folder, kBuffer, 1), code(Status::kIsDirectory));
  EXPECT_EQ(guest.call("seek", folder, 0, 0), code(Status::kIsDirectory));
}

TEST_P(FileCalls, SeekErrorsMoveNothing) {
  host_file("file", "0123456789");
  const auto file = opened("file", kRead);
  EXPECT_EQ(guest.call("seek", file, 4, 0), 4);
  EXPECT_EQ(guest.call("seek", file, 0, 3), code(Status::kInvalid));
  EXPECT_EQ(guest.call("seek", file, guest.mask, 0), code(Status::kInvalid));       // -1
  EXPECT_EQ(guest.call("seek", file, guest.mask - 10, 2), code(Status::kInvalid));  // -11
  EXPECT_EQ(guest.call("seek", file, 0, 1), 4);
  EXPECT_EQ(guest.call("seek", file, guest.mask - 1, 2), 8);  // -2
}

TEST_P(FileCalls, APositionThatTheResultCannotHoldIsInvalid) {
  if (GetParam() == 8) return;
  host_file("file", "");
  const auto file = opened("file", kRead);
  EXPECT_EQ(guest.call("seek", file, 0x7fff'ffff, 0), 0x7fff'ffff);
  EXPECT_EQ(guest.call("seek", file, 0x7fff'ffff, 1), code(Status::kInvalid));
  EXPECT_EQ(guest.call("seek", file, 0, 1), 0x7fff'ffff);
}

TEST_P(FileCalls, StatFillsTheWholeStructure) {
  host_file("file", "12345");
  EXPECT_EQ(with_path("stat", "file", kBuffer), 0);
  EXPECT_EQ(guest.peek(kBuffer, 16), std::string_view("\5\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(with_path("stat", "Cmos:\\data", kBuffer), 0);
  EXPECT_EQ(guest.peek(kBuffer + 8, 1), "\2");
  EXPECT_EQ(with_path("stat", "missing", kBuffer), code(Status::kNotFound));
  EXPECT_EQ(with_path("stat", "file\\x", kBuffer), code(Status::kNotDirectory));
  EXPECT_EQ(with_path("stat", "a:b", kBuffer), code(Status::kInvalid));
  cmos::testing::fs::create_directory_symlink("/", top / "root/data/out");
  EXPECT_EQ(with_path("stat", "out\\etc", kBuffer), code(Status::kAccess));
}

TEST_P(FileCalls, ListGivesNamesInOrderAndKeepsItsPlace) {
  host_file("folder/bb", "");
  host_file("folder/a", "");
  const auto folder = opened("folder", kRead);
  EXPECT_EQ(guest.call("list", folder, kBuffer, 100), 1);
  EXPECT_EQ(guest.peek(kBuffer, 2), std::string_view("a\0", 2));
  EXPECT_EQ(guest.call("list", folder, kBuffer, 1), code(Status::kInvalid));
  EXPECT_EQ(guest.call("list", folder, kBuffer, 2), 2);
  EXPECT_EQ(guest.peek(kBuffer, 2), "bb");
  EXPECT_EQ(guest.call("list", folder, kBuffer, 2), 0);
}

TEST_P(FileCalls, FoldersAndTheirErrors) {
  EXPECT_EQ(with_path("mkdir", "d"), 0);
  EXPECT_EQ(with_path("mkdir", "d"), code(Status::kExists));
  EXPECT_EQ(with_path("mkdir", "x\\y"), code(Status::kNotFound));
  EXPECT_EQ(with_path("mkdir", "a:b"), code(Status::kInvalid));
  EXPECT_EQ(with_path("mkdir", "Cmos:\\new"), code(Status::kAccess));
  host_file("d/file", "");
  EXPECT_EQ(with_path("mkdir", "d\\file\\x"), code(Status::kNotDirectory));
  EXPECT_EQ(with_path("remove", "d"), code(Status::kNotEmpty));
  EXPECT_EQ(with_path("remove", "missing"), code(Status::kNotFound));
  EXPECT_EQ(with_path("remove", "d\\file\\x"), code(Status::kNotDirectory));
  EXPECT_EQ(with_path("remove", "Cmos:\\data"), code(Status::kAccess));
  EXPECT_EQ(with_path("remove", "a:b"), code(Status::kInvalid));
  EXPECT_EQ(with_path("remove", "d\\file"), 0);
  EXPECT_EQ(with_path("remove", "d"), 0);
}

TEST_P(FileCalls, RenameAndItsErrors) {
  host_file("a", "content");
  host_file("folder/x", "");
  EXPECT_EQ(rename("a", "b"), 0);
  EXPECT_EQ(cmos::testing::slurp(top / "root/data/b"), "content");
  EXPECT_EQ(rename("a", "c"), code(Status::kNotFound));
  EXPECT_EQ(rename("b", ""), code(Status::kInvalid));
  EXPECT_EQ(rename("b", "Cmos:\\new"), code(Status::kAccess));
  EXPECT_EQ(rename("b", "folder"), code(Status::kIsDirectory));
  EXPECT_EQ(rename("folder", "b"), code(Status::kNotDirectory));
  EXPECT_EQ(with_path("mkdir", "empty"), 0);
  EXPECT_EQ(rename("empty", "folder"), code(Status::kNotEmpty));
}

TEST_P(FileCalls, QuotasAnswerNoSpace) {
  config.root = (top / "small").string();
  config.max_files = 1;
  config.max_bytes = 4;
  TestServices small(config);
  Guest other(GetParam(), {}, small.services());
  other.poke(kPath, "ab");
  const auto file = other.call("open", kPath, 1, kWrite | kCreate);
  ASSERT_EQ(file, 3);
  EXPECT_EQ(other.call("open", kPath + 1, 1, kWrite | kCreate), code(Status::kNoSpace));
  EXPECT_EQ(other.call("mkdir", kPath + 1, 1), code(Status::kNoSpace));
  EXPECT_EQ(other.call("write", 3, kBuffer, 4), 4);
  EXPECT_EQ(other.call("write", 3, kBuffer, 1), code(Status::kNoSpace));
}

TEST_P(FileCalls, BadPointersFaultAndChangeNothing) {
  host_file("file", "content");
  const auto file = opened("file", kRead | kWrite);
  guest.poke(kPath, "new");
  const std::string before = guest.all_bytes();
  for (const std::uint64_t bad :
       {std::uint64_t{0}, kCode - 1, kImageEnd - 1, kImageEnd, guest.mask}) {
    EXPECT_EQ(guest.call("open", bad, 4, kWrite | kCreate), kFaultValue);
    EXPECT_EQ(guest.call("stat", bad, 4, kBuffer), kFaultValue);
    EXPECT_EQ(guest.call("mkdir", bad, 4), kFaultValue);
    EXPECT_EQ(guest.call("remove", bad, 4), kFaultValue);
    EXPECT_EQ(guest.call("rename", bad), kFaultValue);
    EXPECT_EQ(guest.call("read", file, bad, 4), kFaultValue);
    EXPECT_EQ(guest.call("write", file, bad, 4), kFaultValue);
    EXPECT_EQ(guest.call("list", file, bad, 4), kFaultValue);
    EXPECT_EQ(guest.call("stat", kPath, 3, bad), kFaultValue);
  }
  for (const std::uint64_t constant : {kCode, kConst, kVar - 1}) {
    EXPECT_EQ(guest.call("read", file, constant, 4), kFaultValue);
    EXPECT_EQ(guest.call("stat", kPath, 3, constant), kFaultValue);
  }
  EXPECT_EQ(guest.all_bytes(), before);
  EXPECT_EQ(guest.call("seek", file, 0, 1), 0);
  EXPECT_EQ(cmos::testing::tree(top / "root/data"),
            (std::map<std::string, std::string>{{"file", "content"}}));
}

TEST_P(FileCalls, LengthsThatWrapFault) {
  EXPECT_EQ(guest.call("open", kPath, guest.mask, 1), kFaultValue);
  EXPECT_EQ(guest.call("mkdir", kPath, guest.mask - kPath + 2), kFaultValue);
}

TEST_P(FileCalls, WithoutAServiceTheAnswerIsNosys) {
  Guest bare(GetParam());
  for (const char* call : {"open", "close", "read", "write", "seek", "list", "md_read", "md_size",
                           "md_flush", "md_lock", "exec_cpe", "query_cpe"}) {
    EXPECT_EQ(bare.call(call, 0, 0, 0), code(Status::kNoSys)) << call;
  }
}

}  // namespace
}  // namespace cmos::syscalls

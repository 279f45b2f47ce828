// The calls on the mini-disk (abi 3, 0x20–0x25) and on programs (0x30, 0x31).
#include "tests/syscalls/storage_guest.h"

namespace cmos::syscalls {
namespace {

class MinidiskCalls : public StorageCalls {
 protected:
  cmos::testing::fs::path backing() const { return top / "root/sys_apps/app/md"; }
};
INSTANTIATE_TEST_SUITE_P(Registers, MinidiskCalls, ::testing::Values(4u, 8u), width_name);

TEST_P(MinidiskCalls, ReadAndWriteEndAtTheSize) {
  guest.poke(kBuffer, "0123456789abcdefXYZ");
  EXPECT_EQ(guest.call("md_size"), 16);
  EXPECT_EQ(guest.call("md_write", 0, kBuffer, 19), 16);
  EXPECT_EQ(guest.call("md_read", 10, kBuffer + 100, 100), 6);
  EXPECT_EQ(guest.peek(kBuffer + 100, 7), std::string_view("abcdef\0", 7));
  EXPECT_EQ(guest.call("md_read", 16, kBuffer, 1), 0);
  EXPECT_EQ(guest.call("md_read", guest.mask, kBuffer, 4), 0);
  EXPECT_EQ(guest.call("md_write", guest.mask, kBuffer, 4), 0);
  EXPECT_EQ(guest.call("md_read", 0, 0, 0), 0);
}

TEST_P(MinidiskCalls, FlushAndUnlockReachTheBackingFile) {
  guest.poke(kBuffer, "ab");
  EXPECT_EQ(guest.call("md_write", 0, kBuffer, 1), 1);
  EXPECT_FALSE(cmos::testing::fs::exists(backing()));
  EXPECT_EQ(guest.call("md_flush"), 0);
  EXPECT_EQ(cmos::testing::slurp(backing()), "a" + std::string(15, '\0'));
  EXPECT_EQ(guest.call("md_write", 1, kBuffer + 1, 1), 1);
  EXPECT_EQ(guest.call("md_unlock"), 0);
  EXPECT_EQ(cmos::testing::slurp(backing()), "ab" + std::string(14, '\0'));
  EXPECT_FALSE(services.disk().held());
}

TEST_P(MinidiskCalls, BusyWhileAnotherHoldsIt) {
  TestServices other(config);
  ASSERT_TRUE(other.disk().lock(false));
  EXPECT_EQ(guest.call("md_lock", 1), code(Status::kMinidiskBusy));
  EXPECT_EQ(guest.call("md_read", 0, kBuffer, 1), code(Status::kMinidiskBusy));
  EXPECT_EQ(guest.call("md_write", 0, kBuffer, 1), code(Status::kMinidiskBusy));
  EXPECT_EQ(guest.call("md_size"), 16);
  ASSERT_TRUE(other.disk().unlock());
  EXPECT_EQ(guest.call("md_lock", 1), 0);
  EXPECT_EQ(guest.call("md_lock", 0), 0);
}

TEST_P(MinidiskCalls, ItsErrors) {
  EXPECT_EQ(guest.call("md_lock", 2), code(Status::kInvalid));
  cmos::testing::put(backing(), std::string(17, 'x'));
  EXPECT_EQ(guest.call("md_lock", 1), code(Status::kInvalid));
  EXPECT_EQ(guest.call("md_read", 0, kBuffer, 1), code(Status::kInvalid));
  cmos::testing::fs::remove(backing());
  cmos::testing::fs::create_directory(backing());
  EXPECT_EQ(guest.call("md_write", 0, kBuffer, 1), code(Status::kAccess));
  cmos::testing::fs::remove(backing());
  EXPECT_EQ(guest.call("md_lock", 1), 0);
  EXPECT_TRUE(services.disk().close());
  EXPECT_EQ(guest.call("md_size"), code(Status::kMinidiskClosed));
  EXPECT_EQ(guest.call("md_read", 0, kBuffer, 1), code(Status::kMinidiskClosed));
  EXPECT_EQ(guest.call("md_write", 0, kBuffer, 1), code(Status::kMinidiskClosed));
  EXPECT_EQ(guest.call("md_flush"), code(Status::kMinidiskClosed));
  EXPECT_EQ(guest.call("md_lock", 1), code(Status::kMinidiskClosed));
  EXPECT_EQ(guest.call("md_unlock"), code(Status::kMinidiskClosed));
}

TEST_P(MinidiskCalls, ABadPointerFaultsBeforeTheLockIsTaken) {
  for (const std::uint64_t bad : {std::uint64_t{0}, kImageEnd - 1, guest.mask}) {
    EXPECT_EQ(guest.call("md_read", 0, bad, 2), kFaultValue);
    EXPECT_EQ(guest.call("md_write", 0, bad, 2), kFaultValue);
  }
  EXPECT_EQ(guest.call("md_read", 0, kConst, 2), kFaultValue);
  EXPECT_FALSE(services.disk().held());
  EXPECT_FALSE(cmos::testing::fs::exists(top / "root"));
}

// ---- exec_cpe, query_cpe ----

TEST_P(MinidiskCalls, ExecPassesPathAndArguments) {
  guest.poke(kBuffer, std::string_view("\2\0\0\0\1\0\0\0a\2\0\0\0bc", 15));
  EXPECT_EQ(with_path("exec_cpe", "prog.cpe", kBuffer), 7);
  EXPECT_EQ(services.launched, "Cmos:\\data\\prog.cpe a bc");
  EXPECT_EQ(with_path("exec_cpe", "Cmos:\\sys_apps\\prog", 0), 7);
  EXPECT_EQ(services.launched, "Cmos:\\sys_apps\\prog");
}

TEST_P(MinidiskCalls, ExecRefusesBadPathsAndArguments) {
  EXPECT_EQ(with_path("exec_cpe", "a:b", 0), code(Status::kInvalid));
  EXPECT_EQ(guest.call("exec_cpe", 0, 4, 0), kFaultValue);
  guest.poke(kPath, "prog");
  guest.poke(kImageEnd - 4, std::string_view("\1\0\0\0", 4));
  EXPECT_EQ(guest.call("exec_cpe", kPath, 4, kImageEnd - 4), kFaultValue);
  guest.poke(kImageEnd - 9, std::string_view("\1\0\0\0\2\0\0\0x", 9));
  EXPECT_EQ(guest.call("exec_cpe", kPath, 4, kImageEnd - 9), kFaultValue);
  guest.poke(kBuffer, std::string_view("\xff\xff\xff\xff", 4));
  EXPECT_EQ(guest.call("exec_cpe", kPath, 4, kBuffer), kFaultValue);
  EXPECT_EQ(services.launched, "");
}

TEST_P(MinidiskCalls, QueryCopiesWhatFits) {
  EXPECT_EQ(guest.call("query_cpe", 7, kBuffer, 2), 3);
  EXPECT_EQ(guest.peek(kBuffer, 3), std::string_view("7x\0", 3));
  EXPECT_EQ(guest.call("query_cpe", 8, 0, 0), 3);
  EXPECT_EQ(guest.call("query_cpe", 9, kBuffer, 2), code(Status::kInvalid));
  EXPECT_EQ(guest.call("query_cpe", guest.mask, kBuffer, 2), code(Status::kInvalid));
  EXPECT_EQ(guest.call("query_cpe", 0, kConst, 2), kFaultValue);
  EXPECT_EQ(guest.call("query_cpe", 0, guest.mask, 2), kFaultValue);
}

}  // namespace
}  // namespace cmos::syscalls

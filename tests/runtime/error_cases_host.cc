#include <sys/syscall.h>

#include <cerrno>

#include "tests/runtime/error_cases.h"

namespace cmos::runtime {
namespace {

using syscalls::Status;

constexpr std::uint32_t kRead = 1, kWrite = 2, kCreate = 4, kTruncate = 8;
constexpr std::uint32_t kFirst = 3;

const std::vector<long> kOpening{SYS_openat2, SYS_openat};
const std::vector<long> kFolderMaking{SYS_mkdirat};
const std::vector<long> kRemoving{SYS_unlinkat};
#ifdef SYS_renameat
const std::vector<long> kRenaming{SYS_renameat, SYS_renameat2};
#else
const std::vector<long> kRenaming{SYS_renameat2};
#endif

Scene success_of(std::string_view call) {
  for (const Success& success : successes()) {
    if (success.call == call) return success.scene;
  }
  return {};
}

}  // namespace

const std::vector<Success>& successes() {
  static const std::vector<Success> all{
      {"open",
       [](auto& s) { s.file("f").path("open", "f", kRead | kWrite | kCreate | kTruncate); }},
      {"close", [](auto& s) { s.file("f").path("open", "f", kRead).call("close", {kFirst}); }},
      {"read",
       [](auto& s) {
         s.file("f").path("open", "f", kRead).call("read", {kFirst, s.buffer(), 4});
       }},
      {"write",
       [](auto& s) {
         s.config.max_bytes = 1000;
         s.path("open", "f", kWrite | kCreate).call("write", {kFirst, s.buffer(), 4});
       }},
      {"seek",
       [](auto& s) {
         s.file("f").path("open", "f", kRead).call("seek", {kFirst, 1, 0});
       }},
      {"stat", [](auto& s) { s.file("f").path("stat", "f", s.buffer()); }},
      {"list",
       [](auto& s) {
         s.file("d/f").path("open", "d", kRead).call("list", {kFirst, s.buffer(), 9});
       }},
      {"mkdir", [](auto& s) { s.folder("d").path("mkdir", "d\\e"); }},
      {"remove", [](auto& s) { s.folder("d").path("remove", "d"); }},
      {"rename", [](auto& s) { s.file("d/f").rename("d\\f", "g"); }},
      {"md_read",
       [](auto& s) {
         testing::put(s.backing(), "content");
         s.call("md_read", {0, s.buffer(), 4});
       }},
      {"md_write",
       [](auto& s) {
         s.call("md_write", {0, s.buffer(), 4});
       }},
      {"md_size", [](auto& s) { s.call("md_size"); }},
      {"md_flush",
       [](auto& s) {
         s.call("md_write", {0, s.buffer(), 4}).call("md_flush");
       }},
      {"md_lock", [](auto& s) { s.call("md_lock", {1}); }},
      {"md_unlock",
       [](auto& s) {
         s.call("md_write", {0, s.buffer(), 4}).call("md_unlock");
       }},
      {"exec_cpe",
       [](auto& s) {
         s.program("p", s.guest().call(0, {0}).executable()).path("exec_cpe", "p", 0);
       }},
      {"random",
       [](auto& s) {
         s.call("random", {s.buffer(), 4});
       }},
  };
  return all;
}

std::vector<ErrorCase> host_error_cases() {
  struct Refusal {
    std::string_view call;
    Status status;
    std::vector<long> calls;
    int error;
  };
  std::vector<Refusal> refusals{
      // Only where the host's file system takes positions near 2^63: there is no room behind them.
      {"read", Status::kInvalid, {SYS_read}, EINVAL},
      {"write", Status::kInvalid, {SYS_write}, EINVAL},
      {"read", Status::kNoMemory, {SYS_read}, ENOMEM},
      {"read", Status::kIo, {SYS_read}, EIO},
      {"write", Status::kNoSpace, {SYS_write}, EDQUOT},
      {"write", Status::kNoMemory, {SYS_write}, ENOMEM},
      {"write", Status::kIo, {SYS_write}, EIO},
      {"seek", Status::kIo, {SYS_lseek}, EIO},
      {"open", Status::kNoSpace, {SYS_ftruncate}, ENOSPC},
      {"list", Status::kAccess, kOpening, EACCES},
      {"mkdir", Status::kNoSpace, kFolderMaking, ENOSPC},
      {"mkdir", Status::kNoMemory, kFolderMaking, ENOMEM},
      {"mkdir", Status::kIo, kFolderMaking, EIO},
      {"remove", Status::kNoSpace, kRemoving, ENOSPC},
      {"remove", Status::kNoMemory, kRemoving, ENOMEM},
      {"remove", Status::kIo, kRemoving, EIO},
      {"rename", Status::kNoSpace, kRenaming, ENOSPC},
      {"rename", Status::kNoMemory, kRenaming, ENOMEM},
      {"rename", Status::kIo, kRenaming, EIO},
      {"random", Status::kIo, {SYS_getrandom}, EIO},
      {"md_flush", Status::kIo, {SYS_fsync}, EIO},
      {"md_unlock", Status::kIo, {SYS_fsync}, EIO},
  };
  for (const std::string_view call : {"open", "stat", "list", "mkdir", "remove", "rename",
                                      "md_read", "md_write", "md_lock", "md_flush", "md_unlock"}) {
    refusals.push_back({call, Status::kTooMany, kOpening, EMFILE});
    refusals.push_back({call, Status::kNoMemory, kOpening, ENOMEM});
    refusals.push_back({call, Status::kIo, kOpening, EIO});
  }
  refusals.push_back({"exec_cpe", Status::kIo, kOpening, EIO});
  for (const std::string_view call : {"md_read", "md_write", "md_lock"})
    refusals.push_back({call, Status::kNoSpace, {SYS_openat}, ENOSPC});
  for (const std::string_view call : {"md_flush", "md_unlock"})
    refusals.push_back({call, Status::kAccess, kRenaming, EROFS});
  std::vector<ErrorCase> out;
  for (const Refusal& refusal : refusals)
    out.push_back({refusal.call,
                   refusal.status,
                   success_of(refusal.call),
                   {.calls = refusal.calls, .error = refusal.error}});
  return out;
}

const std::vector<HostCall>& host_calls() {
  static const std::vector<HostCall> all{
      {{SYS_openat},
       {EIO, EACCES, EPERM, EMFILE, ENOMEM, ENOSPC, EDQUOT, EROFS, ENOENT, ENOTDIR, ESTALE}},
      {{SYS_openat2},
       {EIO, EACCES, ELOOP, EXDEV, ENFILE, ENOMEM, EOVERFLOW, ETXTBSY, ENOENT, ENOTDIR, ESTALE}},
      {{SYS_read}, {EIO, EINVAL, ENOMEM, EISDIR, ESTALE}},
      {{SYS_write}, {EIO, EINVAL, ENOMEM, ENOSPC, EDQUOT, EFBIG, EPERM, EROFS, ESTALE}},
      {{SYS_pwrite64}, {EIO, ENOSPC, EDQUOT}},
      {{SYS_lseek}, {EIO, EINVAL, EOVERFLOW}},
      {{SYS_newfstatat}, {EIO, EACCES, ENOMEM, EOVERFLOW, ENOENT, ESTALE}},
#ifdef SYS_fstat
      {{SYS_fstat}, {EIO, ENOMEM, EOVERFLOW, ESTALE}},
#endif
      {{SYS_statx}, {EIO, EACCES, ENOMEM, ENOENT, ESTALE}},
      {{SYS_ftruncate}, {EIO, EFBIG, ENOSPC, EDQUOT, EPERM, EROFS, ETXTBSY}},
      {{SYS_fsync}, {EIO, ENOSPC, EDQUOT, EROFS}},
      {{SYS_getdents64}, {EIO, ENOENT, ENOMEM, ESTALE}},
      {kFolderMaking, {EIO, EACCES, ENOSPC, EDQUOT, EROFS, ENOMEM, EMLINK, ENOENT, ESTALE}},
      {kRemoving, {EIO, EACCES, EPERM, EBUSY, EROFS, ENOSPC, ENOMEM, ENOENT, ESTALE}},
      {kRenaming,
       {EIO, EACCES, EPERM, EBUSY, EROFS, ENOSPC, EDQUOT, ENOMEM, EMLINK, ENOENT, ESTALE}},
      {{SYS_fcntl}, {EIO, ENOLCK, EAGAIN, EACCES}},
      {{SYS_close}, {EIO, ENOSPC, EDQUOT}},
      {{SYS_getrandom}, {EIO, ENOSYS}},
  };
  return all;
}

}  // namespace cmos::runtime

#include "minidisk/lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "minidisk/blocking_wait.h"
#include "vfs/paths.h"

namespace cmos::minidisk {
namespace {

using vfs::from_errno;
using vfs::HostOps;
using vfs::refuse;
using vfs::UniqueFd;

constexpr int kAttempts = 1000;

bool somebody_else(int number) {
  return number == EAGAIN || number == EACCES;
}

VfsResult<UniqueFd> open_lock_file(HostOps& ops, const vfs::HostFolder& state,
                                   std::string_view path) {
  CMOS_VFS_TRY_VOID(state.make_folders(vfs::split_last(path).parent));
  CMOS_VFS_TRY(const UniqueFd folder,
               state.open(vfs::split_last(path).parent, O_RDONLY | O_DIRECTORY));
  const std::string name(vfs::split_last(path).name);
  UniqueFd fd(ops.open_at(folder.get(), name.c_str(),
                          O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
  if (!fd) return refuse(from_errno(errno));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return refuse(from_errno(errno));
  if (!S_ISREG(info.st_mode)) return refuse(VfsError::kAccess);
  return fd;
}

/// Only for people, so that a full disk does not keep anybody from a lock.
void write_holder(int fd) {
  std::array<char, 16> text{};
  auto* end = std::to_chars(text.data(), text.data() + text.size() - 1, ::getpid()).ptr;
  *end++ = '\n';
  const auto size = static_cast<std::size_t>(end - text.data());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, text.data(), size, 0) < 0) return;
}

std::optional<int> read_holder(int fd) {
  std::array<char, 16> text{};
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  int pid = 0;
  if (got <= 0 || std::from_chars(text.data(), text.data() + got, pid).ec != std::errc())
    return std::nullopt;
  return pid;
}

VfsResult<bool> held_by_somebody(int fd) {
  struct flock probe {};
  probe.l_type = F_WRLCK;
  probe.l_whence = SEEK_SET;
  if (::fcntl(fd, F_OFD_GETLK, &probe) != 0) return refuse(from_errno(errno));
  return probe.l_type != F_UNLCK;
}

}  // namespace

std::string lock_path(std::string_view identity) {
  return vfs::join("locks", identity);
}

VfsResult<Lock> Lock::acquire(HostOps& ops, const vfs::HostFolder& state, std::string_view path,
                              const WaitPolicy& policy) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    CMOS_VFS_TRY(UniqueFd fd, open_lock_file(ops, state, path));
    if (ops.lock(fd.get(), false) != 0) {
      if (!somebody_else(errno)) return refuse(from_errno(errno));
      if (!policy.wait) return refuse(VfsError::kMinidiskBusy);
      CMOS_VFS_TRY_VOID(wait_for_lock(ops, fd.get(), policy));
    }
    Lock lock(std::move(fd));
    // Removed by hand meanwhile, it is nobody's lock: others take the one that has the name now.
    if (!lock.has_its_name(state, path)) continue;
    write_holder(lock.fd_.get());
    return lock;
  }
  return refuse(VfsError::kMinidiskBusy);
}

bool Lock::has_its_name(const vfs::HostFolder& state, std::string_view path) const {
  struct stat mine {};
  const auto named = state.look_at(path);
  return named && ::fstat(fd_.get(), &mine) == 0 && named->st_ino == mine.st_ino &&
         named->st_dev == mine.st_dev;
}

Lock::~Lock() {
  // The number goes first: a later reader must not take it for the next holder's.
  if (fd_ && ::ftruncate(fd_.get(), 0) != 0) return;
}

VfsResult<bool> is_locked(const vfs::HostFolder& state, std::string_view path) {
  // Asked at every open of a file that could be a backing file: hardly any is one.
  if (!state.may_exist(path)) return false;
  const auto fd = state.open(path, O_RDONLY);
  if (!fd) {
    if (fd.error() == VfsError::kNotFound) return false;
    return refuse(fd.error());
  }
  return held_by_somebody(fd->get());
}

VfsResult<std::vector<LockInfo>> list_locks(const vfs::HostFolder& state) {
  std::vector<std::string> identities;
  const auto names = [&](std::string_view identity) {
    const auto found = state.list(lock_path(identity));
    return found ? *found : std::vector<vfs::FolderEntry>();
  };
  for (const auto& entry : names("data")) identities.push_back(vfs::join("data", entry.name));
  for (const auto& program : names("sys_apps")) {
    const std::string folder = vfs::join("sys_apps", program.name);
    for (const auto& entry : names(folder)) identities.push_back(vfs::join(folder, entry.name));
  }
  std::vector<LockInfo> out;
  for (auto& identity : identities) {
    const auto fd = state.open(lock_path(identity), O_RDONLY);
    if (!fd) return refuse(fd.error());
    CMOS_VFS_TRY(const bool held, held_by_somebody(fd->get()));
    out.push_back({.identity = std::move(identity), .held = held});
    if (held) out.back().host_pid = read_holder(fd->get());
  }
  return out;
}

}  // namespace cmos::minidisk

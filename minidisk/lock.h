// The exclusive lock of one mini-disk (cpe 2.2, abi 4): across threads and across processes of the
// host, held by the host's kernel on an open lock file, so that it dies with its holder. The lock
// file stays; it is no sign of a lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "vfs/error.h"
#include "vfs/host_folder.h"
#include "vfs/host_ops.h"
#include "vfs/unique_fd.h"

namespace cmos::minidisk {

using vfs::VfsError;
using vfs::VfsResult;

/// What to do when somebody else holds the lock.
struct WaitPolicy {
  bool wait = false;  ///< false: kMinidiskBusy at once
  std::optional<std::chrono::nanoseconds> timeout =
      {};                                     ///< of the wait; kMinidiskBusy when it is over
  std::function<bool()> stop_requested = {};  ///< asked some 50 times a second; true: kInterrupted
};

class Lock {
 public:
  Lock(Lock&&) = default;
  Lock& operator=(Lock&&) = default;
  ~Lock();

  /// `path` in `state` is the lock file; it is made when missing, and gets the holder's process
  /// number. A wait blocks in the host's kernel, which hands the lock over when it is released or
  /// its holder dies: no polling, nothing to miss. kMinidiskBusy, kInterrupted, kAccess (a link, or
  /// no plain file, has its name), or the host's own failure.
  static VfsResult<Lock> acquire(vfs::HostOps& ops, const vfs::HostFolder& state,
                                 std::string_view path, const WaitPolicy& policy);

  /// Whether the lock file still has its name. Who removes it by hand lets others take the lock
  /// beside this one.
  bool has_its_name(const vfs::HostFolder& state, std::string_view path) const;

 private:
  explicit Lock(vfs::UniqueFd fd) : fd_(std::move(fd)) {}
  vfs::UniqueFd fd_;
};

/// Whether anybody, in this process or another, holds the lock now.
VfsResult<bool> is_locked(const vfs::HostFolder& state, std::string_view path);

/// One lock file, for people.
struct LockInfo {
  std::string identity;  ///< the backing file's place: "data/notes", "sys_apps/app/md"
  bool held = false;
  std::optional<int> host_pid = {};  ///< of the holder
};
/// Every mini-disk of a root that was ever locked, in byte order.
VfsResult<std::vector<LockInfo>> list_locks(const vfs::HostFolder& state);

/// The lock file of a backing place.
std::string lock_path(std::string_view identity);

}  // namespace cmos::minidisk

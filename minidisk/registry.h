// The kernel's registry of active mini-disks (cpe 3, abi 4): which process of this run holds which
// backing place.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "minidisk/lock.h"
#include "vfs/namespace.h"

namespace cmos::minidisk {

/// An emulated process, and those that launched it, for telling a deadlock from a wait.
struct ProcessChain {
  std::uint64_t process = 1;
  std::vector<std::uint64_t> ancestors = {};
};

/// One per namespace; safe to use from several threads.
class Registry {
 public:
  /// Tells `names` from now on which backing files are in use. `names` and `ops` must outlive it,
  /// and nothing may use `names` after the registry is gone.
  explicit Registry(vfs::Namespace& names, vfs::HostOps& ops = vfs::HostOps::host());
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  vfs::Namespace& names() { return names_; }
  vfs::HostOps& ops() { return ops_; }

  /// Takes the lock of `identity` for the process. kMinidiskBusy at once, whatever the policy, when
  /// one of its ancestors holds it: that one waits for this one's end. Errors as Lock::acquire.
  VfsResult<Lock> acquire(const std::string& identity, const ProcessChain& chain,
                          const WaitPolicy& policy);
  /// The holder gives it back.
  void release(const std::string& identity, Lock lock);
  /// Whether anybody, in this run or another of the same root, uses the backing file; or why that
  /// cannot be found out.
  VfsResult<bool> in_use(const std::string& identity) const;

 private:
  vfs::Namespace& names_;
  vfs::HostOps& ops_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> holders_;
};

}  // namespace cmos::minidisk

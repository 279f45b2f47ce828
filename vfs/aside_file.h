// A file under a name of its own, to be filled and then renamed to its place, for makers that no
// common lock keeps apart. It is locked while its maker lives, so that whoever comes by can tell
// what a killed process left behind, and remove it.
#pragma once

#include <string>

#include "vfs/error.h"
#include "vfs/host_ops.h"
#include "vfs/unique_fd.h"

namespace cmos::vfs {

class AsideFile {
 public:
  AsideFile(AsideFile&&) = default;
  AsideFile& operator=(AsideFile&&) = default;

  /// An empty file in the open folder, after what others left there is removed.
  static VfsResult<AsideFile> create(HostOps& ops, int folder);

  /// Until finish(). Writing only.
  int fd() const { return fd_.get(); }
  const std::string& name() const { return name_; }
  /// Closes fd(): some file systems report a failed write only then. The file stays locked until
  /// the object is gone, which is for after the rename.
  VfsResult<void> finish(HostOps& ops);

 private:
  AsideFile(UniqueFd fd, UniqueFd lock, std::string name)
      : fd_(std::move(fd)), lock_(std::move(lock)), name_(std::move(name)) {}

  UniqueFd fd_;
  UniqueFd lock_;
  std::string name_;
};

/// Removes the files of makers that are gone. What cannot be looked at stays.
void remove_abandoned(HostOps& ops, int folder);

}  // namespace cmos::vfs

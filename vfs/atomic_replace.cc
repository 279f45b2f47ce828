#include "vfs/atomic_replace.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "vfs/aside_file.h"
#include "vfs/paths.h"

namespace cmos::vfs {
namespace {

// One write call moves at most 2 GiB less a page on Linux; smaller pieces make progress visible to
// signals.
constexpr std::size_t kLargestWrite = std::size_t{1} << 26;

VfsResult<void> write_all(HostOps& ops, int fd, Bytes data) {
  while (!data.empty()) {
    const ssize_t put = ops.write(fd, data.data(), std::min(data.size(), kLargestWrite));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return refuse(from_errno(errno));
    if (put == 0) return refuse(VfsError::kIo);
    data = data.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

VfsResult<void> checked(int result) {
  if (result != 0) return refuse(from_errno(errno));
  return {};
}

VfsResult<int> create_aside(HostOps& ops, int folder, const std::string& name) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int fd = ops.open_at(folder, name.c_str(), kFlags, 0666);
  if (fd < 0 && errno == EEXIST) {
    CMOS_VFS_TRY_VOID(checked(ops.unlink_at(folder, name.c_str())));
    fd = ops.open_at(folder, name.c_str(), kFlags, 0666);
  }
  if (fd < 0) return refuse(from_errno(errno));
  return fd;
}

VfsResult<void> fill(HostOps& ops, int fd, Bytes data, std::uint64_t size) {
  CMOS_VFS_TRY_VOID(write_all(ops, fd, data));
  if (size > data.size()) CMOS_VFS_TRY_VOID(checked(ops.truncate(fd, static_cast<off_t>(size))));
  return checked(ops.sync(fd));
}

/// The last steps, when all went well so far; else the file aside is removed.
VfsResult<void> put_in_place(HostOps& ops, VfsResult<void> done, int aside_folder,
                             const std::string& aside_name, int target_folder,
                             const std::string& target_name) {
  if (done) {
    done = checked(
        ops.rename_at(aside_folder, aside_name.c_str(), target_folder, target_name.c_str()));
  }
  if (!done) {
    // The first failure is the one to report; if this fails too, the next one to come cleans up.
    ops.unlink_at(aside_folder, aside_name.c_str());
    return done;
  }
  if (ops.sync(target_folder) != 0) return refuse(VfsError::kNotDurable);
  return {};
}

VfsResult<UniqueFd> folder_of(const HostPlace& place) {
  return place.folder->open(split_last(place.path).parent, O_RDONLY | O_DIRECTORY);
}

}  // namespace

HostPlace aside_of(const HostPlace& target, std::string_view name) {
  return {target.folder, join(kAsideFolder, name)};
}

VfsResult<void> replace_atomically(HostOps& ops, const HostPlace& target, const HostPlace& aside,
                                   Bytes data, std::uint64_t size) {
  CMOS_VFS_TRY_VOID(aside.folder->make_folders(split_last(aside.path).parent));
  CMOS_VFS_TRY(const UniqueFd aside_folder, folder_of(aside));
  CMOS_VFS_TRY(const UniqueFd target_folder, folder_of(target));
  const std::string aside_name(split_last(aside.path).name);
  const std::string target_name(split_last(target.path).name);

  CMOS_VFS_TRY(const int fd, create_aside(ops, aside_folder.get(), aside_name));
  auto done = fill(ops, fd, data, size);
  // Some file systems report a failed write only at close.
  const auto closed = checked(ops.close(fd));
  if (done) done = closed;
  return put_in_place(ops, done, aside_folder.get(), aside_name, target_folder.get(), target_name);
}

VfsResult<void> replace_atomically(HostOps& ops, const HostPlace& target, Bytes data) {
  CMOS_VFS_TRY_VOID(target.folder->make_folders(kAsideFolder));
  CMOS_VFS_TRY(const UniqueFd aside_folder, folder_of(aside_of(target, "any")));
  CMOS_VFS_TRY(const UniqueFd target_folder, folder_of(target));
  const std::string target_name(split_last(target.path).name);
  CMOS_VFS_TRY(AsideFile aside, AsideFile::create(ops, aside_folder.get()));
  auto done = fill(ops, aside.fd(), data, data.size());
  const auto closed = aside.finish(ops);
  if (done) done = closed;
  return put_in_place(ops, done, aside_folder.get(), aside.name(), target_folder.get(),
                      target_name);
}

VfsResult<void> remove_leftover(HostOps& ops, const HostPlace& aside) {
  const auto folder = folder_of(aside);
  if (!folder) {
    if (folder.error() == VfsError::kNotFound) return {};
    return refuse(folder.error());
  }
  remove_abandoned(ops, folder->get());
  const std::string name(split_last(aside.path).name);
  if (ops.unlink_at(folder->get(), name.c_str()) != 0 && errno != ENOENT)
    return refuse(from_errno(errno));
  return {};
}

}  // namespace cmos::vfs

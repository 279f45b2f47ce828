#include "vfs/aside_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

namespace cmos::vfs {
namespace {

/// With a colon, which keeps them apart from the asides of mini-disks.
constexpr std::string_view kPrefix = ":new-";
constexpr int kAttempts = 1000;

bool somebody_else(int number) {
  return number == EAGAIN || number == EACCES;
}

/// Whether the name still leads to the open file: it may have been removed, or renamed to its place
/// and the name been used again.
bool has_the_name(int fd, int folder, const char* name) {
  struct stat open {};
  struct stat named {};
  return ::fstat(fd, &open) == 0 && ::fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

}  // namespace

VfsResult<AsideFile> AsideFile::create(HostOps& ops, int folder) {
  remove_abandoned(ops, folder);
  // Processes of different containers can share a root and a number.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = fmt::format("{}{}-{}", kPrefix, ::getpid(), attempt);
    UniqueFd fd(ops.open_at(folder, name.c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!fd && errno == EEXIST) continue;
    if (!fd) return refuse(from_errno(errno));
    // A file system without locks has no way to tell what is abandoned; nothing is removed there.
    const bool taken = ops.lock(fd.get(), false) != 0 && somebody_else(errno);
    // Between its making and its lock it looked abandoned.
    if (taken || !has_the_name(fd.get(), folder, name.c_str())) continue;
    // The lock belongs to the open file, which the second descriptor keeps.
    UniqueFd lock(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!lock) {
      const VfsError error = from_errno(errno);
      ops.unlink_at(folder, name.c_str());
      return refuse(error);
    }
    return AsideFile(std::move(fd), std::move(lock), std::move(name));
  }
  return refuse(VfsError::kAccess);
}

VfsResult<void> AsideFile::finish(HostOps& ops) {
  if (ops.close(fd_.release()) != 0) return refuse(from_errno(errno));
  return {};
}

void remove_abandoned(HostOps& ops, int folder) {
  const auto close_stream = [](DIR* stream) { ::closedir(stream); };
  UniqueFd listed(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, decltype(close_stream)> stream(
      listed ? ::fdopendir(listed.get()) : nullptr, close_stream);
  if (!stream) return;
  listed.release();
  while (const dirent* entry =
             ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe): own stream
    if (!std::string_view(entry->d_name).starts_with(kPrefix)) continue;
    const UniqueFd fd(
        ::openat(folder, entry->d_name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    // With the lock held here, its maker is gone or will see that it lost the name.
    if (fd && ops.lock(fd.get(), false) == 0 && has_the_name(fd.get(), folder, entry->d_name))
      ops.unlink_at(folder, entry->d_name);
  }
}

}  // namespace cmos::vfs

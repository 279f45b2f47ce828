#include "vfs/host_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "vfs/paths.h"

namespace cmos::vfs {
namespace {

constexpr mode_t kFileMode = 0666;    // less the user's umask
constexpr mode_t kFolderMode = 0777;  // the same
constexpr int kOpenAttempts = 1000;

/// A NUL-terminated copy without touching the heap: opening files is a hot path.
class HostName {
 public:
  explicit HostName(std::string_view text) : fits_(text.size() < sizeof(text_)) {
    if (!fits_) return;
    if (!text.empty()) std::memcpy(text_, text.data(), text.size());
    text_[text.size()] = '\0';
  }
  bool fits() const { return fits_; }
  const char* get() const { return text_; }

 private:
  bool fits_;
  char text_[PATH_MAX];
};

int open_beneath(int folder, const char* path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags));
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  long fd = -1;
  // EAGAIN: a rename elsewhere made the kernel unsure whether the path stayed beneath; or somebody
  // has a lease on the file, which may last.
  for (int attempt = 0; attempt < kOpenAttempts; ++attempt) {
    fd = ::syscall(SYS_openat2, folder, path, &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return static_cast<int>(fd);
}

/// Sandboxes answer EPERM to system calls that they do not know.
bool kernel_has_openat2() {
  static const bool has = [] {
    const UniqueFd fd(open_beneath(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    return static_cast<bool>(fd) || (errno != ENOSYS && errno != EPERM && errno != E2BIG);
  }();
  return has;
}

bool is_openable(mode_t mode) {
  return S_ISREG(mode) || S_ISDIR(mode);
}

/// A trailing name that is a link is told from a trailing name that is a file: both make
/// O_DIRECTORY fail with ENOTDIR.
VfsError walk_failure(int folder, const char* name, int number) {
  struct stat info {};
  if (number == ENOTDIR && ::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISLNK(info.st_mode)) {
    return VfsError::kAccess;
  }
  return from_errno(number);
}

VfsResult<void> sync_folder(int path_fd) {
  // An O_PATH descriptor cannot be fsynced.
  const UniqueFd folder(::openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return refuse(from_errno(errno));
  return {};
}

VfsResult<std::vector<FolderEntry>> entries_of(UniqueFd folder) {
  const auto close_stream = [](DIR* stream) { ::closedir(stream); };
  const std::unique_ptr<DIR, decltype(close_stream)> stream(::fdopendir(folder.get()),
                                                            close_stream);
  if (!stream) return refuse(from_errno(errno));
  const int fd = folder.release();
  std::vector<FolderEntry> out;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());  // NOLINT(concurrency-mt-unsafe): own stream
    if (entry == nullptr) break;
    if (!valid_component(entry->d_name)) continue;
    bool directory = entry->d_type == DT_DIR;
    struct stat info {};
    if (entry->d_type == DT_UNKNOWN &&
        ::fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
      directory = S_ISDIR(info.st_mode);
    }
    out.push_back({entry->d_name, directory});
  }
  if (errno != 0) return refuse(from_errno(errno));
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace

VfsResult<NodeInfo> node_of(const struct stat& info) {
  if (!is_openable(info.st_mode)) return refuse(VfsError::kAccess);
  NodeInfo out;
  out.kind = S_ISDIR(info.st_mode) ? NodeKind::kDirectory : NodeKind::kFile;
  out.size = S_ISDIR(info.st_mode) ? 0 : static_cast<std::uint64_t>(info.st_size);
  out.read_only = (info.st_mode & 0222) == 0;
  out.modified =
      static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
  out.id = {.device = info.st_dev, .inode = info.st_ino};
  out.links = info.st_nlink;
  return out;
}

HostFolder::HostFolder(std::string host_path, Confinement confinement)
    : host_path_(std::move(host_path)),
      walk_(confinement == Confinement::kWalk || !kernel_has_openat2()) {}

HostFolder::HostFolder(std::shared_ptr<HostFolder> parent, std::string path)
    : parent_(std::move(parent)),
      path_in_parent_(std::move(path)),
      host_path_(parent_->host_path_ + "/" + path_in_parent_),
      walk_(parent_->walk_) {}

HostFolder::~HostFolder() {
  UniqueFd closing(fd_.load());
}

VfsResult<UniqueFd> HostFolder::open_self(bool create) const {
  if (parent_) {
    if (create) CMOS_VFS_TRY_VOID(parent_->make_folders(path_in_parent_));
    return parent_->resolve(path_in_parent_, O_PATH | O_DIRECTORY);
  }
  UniqueFd fd(::open(host_path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd && errno == ENOENT && create) {
    for (std::size_t at = 1; at <= host_path_.size(); ++at) {
      if (at != host_path_.size() && host_path_[at] != '/') continue;
      const std::string prefix = host_path_.substr(0, at);
      if (::mkdir(prefix.c_str(), kFolderMode) != 0 && errno != EEXIST)
        return refuse(from_errno(errno));
    }
    fd = UniqueFd(::open(host_path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  if (!fd) return refuse(from_errno(errno));
  return fd;
}

VfsResult<int> HostFolder::descriptor(bool create) const {
  if (const int fd = fd_.load(std::memory_order_acquire); fd >= 0) return fd;
  const std::lock_guard guard(opening_);
  if (const int fd = fd_.load(std::memory_order_acquire); fd >= 0) return fd;
  CMOS_VFS_TRY(UniqueFd opened, open_self(create));
  fd_.store(opened.get(), std::memory_order_release);
  return opened.release();
}

VfsResult<UniqueFd> HostFolder::resolve_by_walk(int from, std::string_view path, int flags) const {
  UniqueFd folder;
  for (;;) {
    const auto slash = path.find('/');
    const HostName name(path.substr(0, slash));
    if (!name.fits()) return refuse(VfsError::kInvalid);
    if (path.substr(0, slash) == "..") return refuse(VfsError::kAccess);
    const int at = folder ? folder.get() : from;
    const bool last = slash == std::string_view::npos;
    const int step = last ? flags : O_PATH | O_DIRECTORY;
    UniqueFd next(::openat(at, path.empty() ? "." : name.get(), step | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return refuse(walk_failure(at, name.get(), errno));
    if (last) return next;
    folder = std::move(next);
    path.remove_prefix(slash + 1);
  }
}

VfsResult<UniqueFd> HostFolder::resolve(std::string_view path, int flags) const {
  CMOS_VFS_TRY(const int from, descriptor());
  if (path.size() >= PATH_MAX) return refuse(VfsError::kInvalid);
  if (walk_) {
    CMOS_VFS_TRY(UniqueFd fd, resolve_by_walk(from, path, flags));
    struct stat info {};
    if ((flags & O_PATH) != 0 && ::fstat(fd.get(), &info) == 0 && S_ISLNK(info.st_mode)) {
      return refuse(VfsError::kAccess);  // O_PATH with O_NOFOLLOW opens the link itself
    }
    return fd;
  }
  const HostName name(path.empty() ? "." : path);
  UniqueFd fd(open_beneath(from, name.get(), flags | O_CLOEXEC));
  if (!fd) return refuse(from_errno(errno));
  return fd;
}

bool HostFolder::may_exist(std::string_view path) const {
  const auto from = descriptor();
  const HostName name(path);
  struct stat info {};
  if (!from || !name.fits()) return !from && from.error() != VfsError::kNotFound;
  return ::fstatat(*from, name.get(), &info, AT_NO_AUTOMOUNT) == 0 || errno != ENOENT;
}

VfsResult<UniqueFd> HostFolder::open(std::string_view path, int flags,
                                     struct stat* info_out) const {
  CMOS_VFS_TRY(const int from, descriptor());
  // Opening a FIFO or a device can have effects of its own. This look is not confined, but it has
  // no effect and can only refuse; what is opened below is confined, and checked again in case it
  // was swapped meanwhile.
  const HostName name(path);
  struct stat info {};
  if (!name.fits()) return refuse(VfsError::kInvalid);
  if (!path.empty() && ::fstatat(from, name.get(), &info, AT_NO_AUTOMOUNT) == 0 &&
      !is_openable(info.st_mode)) {
    return refuse(VfsError::kAccess);
  }
  CMOS_VFS_TRY(UniqueFd fd, resolve(path, flags | O_NONBLOCK | O_NOCTTY));
  if (::fstat(fd.get(), &info) != 0) return refuse(from_errno(errno));
  if (!is_openable(info.st_mode)) return refuse(VfsError::kAccess);
  if (info_out != nullptr) *info_out = info;
  return fd;
}

VfsResult<UniqueFd> HostFolder::parent_of(std::string_view path, bool create) const {
  if (path.empty()) return refuse(VfsError::kAccess);
  CMOS_VFS_TRY([[maybe_unused]] const int fd, descriptor(create));
  return resolve(split_last(path).parent, O_PATH | O_DIRECTORY);
}

VfsResult<UniqueFd> HostFolder::create(std::string_view path, int flags) const {
  CMOS_VFS_TRY(const UniqueFd folder, parent_of(path, true));
  const HostName name(split_last(path).name);
  if (!name.fits()) return refuse(VfsError::kInvalid);
  // O_EXCL never follows a link in the last name.
  UniqueFd fd(::openat(folder.get(), name.get(), flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       kFileMode));
  if (!fd) return refuse(from_errno(errno));
  return fd;
}

VfsResult<NodeInfo> HostFolder::stat(std::string_view path) const {
  CMOS_VFS_TRY(const UniqueFd fd, resolve(path, O_PATH));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return refuse(from_errno(errno));
  return node_of(info);
}

VfsResult<std::vector<FolderEntry>> HostFolder::list(std::string_view path) const {
  CMOS_VFS_TRY(UniqueFd fd, resolve(path, O_RDONLY | O_DIRECTORY));
  return entries_of(std::move(fd));
}

VfsResult<void> HostFolder::make_folder(std::string_view path) const {
  CMOS_VFS_TRY(const UniqueFd folder, parent_of(path, true));
  const HostName name(split_last(path).name);
  if (!name.fits()) return refuse(VfsError::kInvalid);
  if (::mkdirat(folder.get(), name.get(), kFolderMode) != 0) return refuse(from_errno(errno));
  return {};
}

VfsResult<void> HostFolder::make_folders(std::string_view path) const {
  CMOS_VFS_TRY([[maybe_unused]] const int self, descriptor(true));
  if (path.empty()) return {};
  const auto found = resolve(path, O_PATH | O_DIRECTORY);
  if (found) return {};
  if (found.error() != VfsError::kNotFound) return refuse(found.error());
  CMOS_VFS_TRY_VOID(make_folders(split_last(path).parent));
  const auto made = make_folder(path);
  if (!made) {
    if (made.error() == VfsError::kExists) return {};  // someone else was faster
    return made;
  }
  CMOS_VFS_TRY(const UniqueFd parent, resolve(split_last(path).parent, O_PATH | O_DIRECTORY));
  return sync_folder(parent.get());
}

VfsResult<struct stat> HostFolder::look_at(std::string_view path) const {
  CMOS_VFS_TRY(const UniqueFd folder, parent_of(path, false));
  const HostName name(split_last(path).name);
  struct stat info {};
  if (!name.fits()) return refuse(VfsError::kInvalid);
  if (::fstatat(folder.get(), name.get(), &info, AT_SYMLINK_NOFOLLOW) != 0)
    return refuse(from_errno(errno));
  return info;
}

VfsResult<void> HostFolder::remove(std::string_view path) const {
  CMOS_VFS_TRY(const UniqueFd folder, parent_of(path, false));
  const HostName name(split_last(path).name);
  if (!name.fits()) return refuse(VfsError::kInvalid);
  if (::unlinkat(folder.get(), name.get(), 0) == 0) return {};
  if (errno != EISDIR) return refuse(from_errno(errno));
  if (::unlinkat(folder.get(), name.get(), AT_REMOVEDIR) != 0) return refuse(from_errno(errno));
  return {};
}

VfsResult<void> HostFolder::remove_tree(std::string_view path) const {
  const auto removed = remove(path);
  if (removed || removed.error() != VfsError::kNotEmpty) return removed;
  // Not list(): names that a guest cannot address have to go as well.
  CMOS_VFS_TRY(UniqueFd fd, resolve(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  const auto close_stream = [](DIR* stream) { ::closedir(stream); };
  const std::unique_ptr<DIR, decltype(close_stream)> stream(::fdopendir(fd.get()), close_stream);
  if (!stream) return refuse(from_errno(errno));
  fd.release();
  while (const dirent* entry =
             ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe): own stream
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") CMOS_VFS_TRY_VOID(remove_tree(join(path, name)));
  }
  return remove(path);
}

VfsResult<void> HostFolder::rename(std::string_view from, std::string_view to) const {
  CMOS_VFS_TRY(const UniqueFd from_folder, parent_of(from, false));
  CMOS_VFS_TRY(const UniqueFd to_folder, parent_of(to, false));
  const HostName from_name(split_last(from).name);
  const HostName to_name(split_last(to).name);
  if (!from_name.fits() || !to_name.fits()) return refuse(VfsError::kInvalid);
  if (::renameat(from_folder.get(), from_name.get(), to_folder.get(), to_name.get()) != 0) {
    // POSIX lets a host say "exists" for a folder that is not empty.
    return refuse(errno == EEXIST ? VfsError::kNotEmpty : from_errno(errno));
  }
  return {};
}

}  // namespace cmos::vfs

// One host folder and what lies below it, confined by the host's kernel (abi 5): every path is
// resolved with openat2, RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS, from a descriptor of the folder
// that is opened once. Links that stay inside are followed, links that lead out answer kAccess,
// also when they are swapped in while a call runs. Kernels without openat2 get a walk with
// O_NOFOLLOW, name by name, which refuses every link.
//
// Paths are relative, names joined by '/', without `.` and `..` (Path guarantees it); empty = the
// folder itself. Only regular files and folders are ever opened: FIFOs, sockets and devices answer
// kAccess. Safe to use from several threads.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <compare>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "vfs/error.h"
#include "vfs/unique_fd.h"

namespace cmos::vfs {

enum class NodeKind : std::uint8_t {
  kFile = 1,
  kDirectory = 2,
  kProgram = 3,
  kMinidisk = 4
};  // abi 3, `stat`

/// A file of the host, whatever its names.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FileId&) const = default;
};

struct NodeInfo {
  std::uint64_t size = 0;  ///< bytes; 0 for folders
  NodeKind kind = NodeKind::kFile;
  bool read_only = false;
  std::int64_t modified = 0;  ///< nanoseconds since 1970
  FileId id = {};             ///< of what the host has
  std::uint64_t links = 0;    ///< how many names it has there
};

struct FolderEntry {
  std::string name;
  bool directory = false;
};

/// How paths are confined. kAuto takes openat2 where the kernel has it.
enum class Confinement : std::uint8_t { kAuto, kWalk };

class HostFolder {
 public:
  /// Both constructors do no host call: the folder is opened at the first use, and answers
  /// kNotFound (for reading) or is created (for writing) when it does not exist. `host_path` is the
  /// user's own choice and may contain links.
  explicit HostFolder(std::string host_path, Confinement confinement = Confinement::kAuto);
  /// The folder `path` inside `parent`, confined by it, then by itself.
  HostFolder(std::shared_ptr<HostFolder> parent, std::string path);
  ~HostFolder();
  HostFolder(const HostFolder&) = delete;
  HostFolder& operator=(const HostFolder&) = delete;

  /// For people.
  const std::string& host_path() const { return host_path_; }

  /// A regular file or folder. `flags` are O_RDONLY, O_WRONLY or O_RDWR, perhaps with O_APPEND,
  /// O_DIRECTORY; creation and truncation are not done here.
  /// What fstat says goes to `info` unless it is null.
  VfsResult<UniqueFd> open(std::string_view path, int flags, struct stat* info = nullptr) const;
  /// One quick look that opens nothing. It follows links wherever they lead, so that only "no" is
  /// an answer to rely on.
  bool may_exist(std::string_view path) const;
  /// A new regular file, opened with `flags`; kExists when anything has the name. Its folder must
  /// exist.
  VfsResult<UniqueFd> create(std::string_view path, int flags) const;
  /// Follows links that stay inside; anything but a regular file or folder is kAccess.
  VfsResult<NodeInfo> stat(std::string_view path) const;
  /// Entries with valid names in byte order; other names cannot be addressed and are left out.
  VfsResult<std::vector<FolderEntry>> list(std::string_view path) const;
  VfsResult<void> make_folder(std::string_view path) const;
  /// Creates every missing folder on the way, the folder itself too; each new entry is fsynced.
  VfsResult<void> make_folders(std::string_view path) const;
  /// What the name itself is: of a link, the link.
  VfsResult<struct stat> look_at(std::string_view path) const;
  /// A file (or a link, not what it leads to), or an empty folder.
  VfsResult<void> remove(std::string_view path) const;
  /// Everything below `path` and `path` itself; links are removed, not followed.
  VfsResult<void> remove_tree(std::string_view path) const;
  /// Within the folder, replacing as POSIX rename does.
  VfsResult<void> rename(std::string_view from, std::string_view to) const;

  /// The folder's descriptor (O_PATH), opened if need be; `create` makes it first when it does not
  /// exist.
  VfsResult<int> descriptor(bool create = false) const;

 private:
  VfsResult<UniqueFd> resolve(std::string_view path, int flags) const;
  VfsResult<UniqueFd> resolve_by_walk(int from, std::string_view path, int flags) const;
  VfsResult<UniqueFd> open_self(bool create) const;
  VfsResult<UniqueFd> parent_of(std::string_view path, bool create) const;

  std::shared_ptr<HostFolder> parent_;
  std::string path_in_parent_;
  std::string host_path_;
  bool walk_ = false;
  mutable std::mutex opening_;
  mutable std::atomic<int> fd_{-1};
};

/// What fstat says, as a node; kAccess for anything but a regular file or folder.
VfsResult<NodeInfo> node_of(const struct stat& info);

}  // namespace cmos::vfs

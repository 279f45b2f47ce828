#include "vfs/overlay_volume.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <span>

#include "vfs/aside_file.h"
#include "vfs/paths.h"

namespace cmos::vfs {
namespace {

bool absent(VfsError error) {
  return error == VfsError::kNotFound;
}

VfsResult<void> write_piece(int fd, std::span<const char> piece, off_t at) {
  while (!piece.empty()) {
    const ssize_t put = ::pwrite(fd, piece.data(), piece.size(), at);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return refuse(from_errno(errno));
    piece = piece.subspan(static_cast<std::size_t>(put));
    at += put;
  }
  return {};
}

/// A copy of `size` bytes that has holes where the original has them.
class Copy {
 public:
  Copy(int from, int to, const std::function<bool()>& stop_requested)
      : from_(from), to_(to), stop_requested_(stop_requested) {}

  VfsResult<void> run(off_t size) {
    for (off_t at = 0; at < size;) {
      // Where the host knows of no holes, all is data.
      const off_t data = ::lseek(from_, at, SEEK_DATA);
      if (data < 0 && errno == ENXIO) break;
      const off_t begin = data < 0 ? at : std::min(data, size);
      const off_t hole = data < 0 ? -1 : ::lseek(from_, begin, SEEK_HOLE);
      const off_t end = hole < 0 ? size : std::min(hole, size);
      CMOS_VFS_TRY_VOID(stretch(begin, end));
      at = end;
    }
    if (::ftruncate(to_, size) != 0) return refuse(from_errno(errno));
    return {};
  }

 private:
  VfsResult<void> stretch(off_t at, off_t end) {
    while (at < end) {
      if (stop_requested_ && stop_requested_()) return refuse(VfsError::kInterrupted);
      const auto wanted = static_cast<std::size_t>(std::min<off_t>(kPiece, end - at));
      const ssize_t got = ::pread(from_, piece_.data(), wanted, at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return refuse(from_errno(errno));
      if (got == 0) return {};  // somebody has cut it off meanwhile
      CMOS_VFS_TRY_VOID(
          write_piece(to_, std::span(piece_).first(static_cast<std::size_t>(got)), at));
      at += got;
    }
    return {};
  }

  static constexpr std::size_t kPiece = std::size_t{1} << 18;
  int from_;
  int to_;
  const std::function<bool()>& stop_requested_;
  std::vector<char> piece_ = std::vector<char>(kPiece);
};

/// For people who look at dates only: failing to keep one is no error.
void keep_modified_time(int from, int to) {
  struct stat info {};
  if (::fstat(from, &info) != 0) return;
  const std::array<timespec, 2> times{info.st_atim, info.st_mtim};
  [[maybe_unused]] const int ignored = ::futimens(to, times.data());
}

}  // namespace

OverlayVolume::OverlayVolume(std::shared_ptr<HostFolder> lower,
                             const std::shared_ptr<HostFolder>& upper, const CopyRules& rules)
    : lower_(std::move(lower)),
      files_(std::make_shared<HostFolder>(upper, ":files")),
      removed_(std::make_shared<HostFolder>(upper, ":removed")),
      rules_(rules) {}

VfsResult<bool> OverlayVolume::hidden(std::string_view path) const {
  if (path.empty()) return false;
  // A mark at the path itself is found as a file, a mark further up makes the walk end with "not a
  // folder", a folder only holds marks for deeper paths.
  const auto mark = removed_->stat(path);
  if (mark) return mark->kind == NodeKind::kFile;
  if (absent(mark.error())) return false;
  if (mark.error() == VfsError::kNotDirectory) return true;
  return refuse(mark.error());
}

VfsResult<NodeInfo> OverlayVolume::lower_stat(std::string_view path) const {
  CMOS_VFS_TRY(const bool is_hidden, hidden(path));
  if (is_hidden) return refuse(VfsError::kNotFound);
  return lower_->stat(path);
}

VfsResult<NodeInfo> OverlayVolume::stat(std::string_view path) const {
  auto upper = files_->stat(path);
  if (upper || !absent(upper.error())) return upper;
  auto lower = lower_stat(path);
  if (!lower && absent(lower.error()) && path.empty())
    return NodeInfo{.kind = NodeKind::kDirectory};
  return lower;
}

VfsResult<NodeKind> OverlayVolume::kind_of(std::string_view path) const {
  CMOS_VFS_TRY(const NodeInfo info, stat(path));
  return info.kind;
}

VfsResult<void> OverlayVolume::need_folder(std::string_view path) const {
  CMOS_VFS_TRY(const NodeKind kind, kind_of(path));
  if (kind != NodeKind::kDirectory) return refuse(VfsError::kNotDirectory);
  return {};
}

VfsResult<void> OverlayVolume::need_empty(std::string_view path) const {
  CMOS_VFS_TRY(const auto entries, list(path));
  if (!entries.empty()) return refuse(VfsError::kNotEmpty);
  return {};
}

VfsResult<std::vector<FolderEntry>> OverlayVolume::list(std::string_view path) const {
  CMOS_VFS_TRY_VOID(need_folder(path));
  std::map<std::string, bool> merged;
  CMOS_VFS_TRY(const bool is_hidden, hidden(path));
  if (!is_hidden) {
    auto lower = lower_->list(path);
    if (!lower && !absent(lower.error()) && lower.error() != VfsError::kNotDirectory) return lower;
    if (lower) {
      for (const auto& entry : *lower) merged.emplace(entry.name, entry.directory);
    }
    const auto marks = removed_->list(path);
    if (marks) {
      for (const auto& mark : *marks) {
        if (!mark.directory) merged.erase(mark.name);
      }
    }
  }
  auto upper = files_->list(path);
  if (!upper && !absent(upper.error())) return upper;
  if (upper) {
    for (const auto& entry : *upper) merged.insert_or_assign(entry.name, entry.directory);
  }
  std::vector<FolderEntry> out;
  out.reserve(merged.size());
  for (const auto& [name, directory] : merged) out.push_back({name, directory});
  return out;
}

VfsResult<void> OverlayVolume::copy_up(std::string_view path, Content content) {
  const auto upper = files_->stat(path);
  if (upper) return {};
  if (!absent(upper.error())) return refuse(upper.error());
  CMOS_VFS_TRY_VOID(lower_stat(path));
  struct stat info {};
  CMOS_VFS_TRY(const UniqueFd from, lower_->open(path, O_RDONLY, &info));
  const auto size = content == Content::kKept ? static_cast<std::uint64_t>(info.st_size) : 0;
  if (!rules_.quota.take_bytes(size)) return refuse(VfsError::kNoSpace);
  auto done = copy_file(from.get(), path, size);
  if (!done) rules_.quota.give_bytes(size);
  return done;
}

VfsResult<void> OverlayVolume::copy_file(int from, std::string_view path, std::uint64_t size) {
  CMOS_VFS_TRY_VOID(files_->make_folders(kAsideFolder));
  CMOS_VFS_TRY_VOID(files_->make_folders(split_last(path).parent));
  CMOS_VFS_TRY(const UniqueFd folder, files_->open(kAsideFolder, O_RDONLY | O_DIRECTORY));
  CMOS_VFS_TRY(AsideFile to, AsideFile::create(HostOps::host(), folder.get()));
  const std::string aside = join(kAsideFolder, to.name());
  auto done = Copy(from, to.fd(), rules_.stop_requested).run(static_cast<off_t>(size));
  keep_modified_time(from, to.fd());
  if (const auto closed = to.finish(HostOps::host()); done) done = closed;
  if (done) done = files_->rename(aside, path);
  if (!done) [[maybe_unused]]
    const auto cleaned = files_->remove(aside);
  return done;
}

VfsResult<void> OverlayVolume::copy_up_tree(std::string_view path) {
  CMOS_VFS_TRY(const NodeKind kind, kind_of(path));
  if (kind != NodeKind::kDirectory) return copy_up(path, Content::kKept);
  CMOS_VFS_TRY(const auto entries, list(path));
  CMOS_VFS_TRY_VOID(files_->make_folders(path));
  for (const auto& entry : entries) CMOS_VFS_TRY_VOID(copy_up_tree(join(path, entry.name)));
  return {};
}

VfsResult<void> OverlayVolume::hide(std::string_view path) {
  const auto lower = lower_stat(path);
  if (!lower && (absent(lower.error()) || lower.error() == VfsError::kNotDirectory)) return {};
  const auto deeper = removed_->remove_tree(path);
  if (!deeper && !absent(deeper.error())) return deeper;
  CMOS_VFS_TRY_VOID(removed_->make_folders(split_last(path).parent));
  CMOS_VFS_TRY([[maybe_unused]] const UniqueFd mark, removed_->create(path, O_WRONLY));
  return {};
}

VfsResult<Opened> OverlayVolume::open(std::string_view path, std::uint32_t flags) {
  if ((flags & kWrite) == 0) {
    auto upper = open_in(*files_, path, flags);
    if (upper || !absent(upper.error())) return upper;
    CMOS_VFS_TRY(const bool is_hidden, hidden(path));
    if (is_hidden) return refuse(VfsError::kNotFound);
    return open_in(*lower_, path, flags);
  }
  const std::lock_guard guard(changing_);
  const auto found = stat(path);
  if (!found && !absent(found.error())) return refuse(found.error());
  if (found) {
    if ((flags & kExclusive) != 0) return refuse(VfsError::kExists);
    if (found->kind == NodeKind::kDirectory) return refuse(VfsError::kIsDirectory);
    const bool cut = (flags & kTruncate) != 0;
    CMOS_VFS_TRY_VOID(copy_up(path, cut ? Content::kThrownAway : Content::kKept));
    return open_in(*files_, path, flags & ~kCreate);
  }
  if ((flags & kCreate) == 0) return refuse(VfsError::kNotFound);
  CMOS_VFS_TRY_VOID(need_folder(split_last(path).parent));
  CMOS_VFS_TRY_VOID(files_->make_folders(split_last(path).parent));
  return open_in(*files_, path, flags);
}

VfsResult<void> OverlayVolume::make_folder(std::string_view path) {
  const std::lock_guard guard(changing_);
  const auto found = stat(path);
  if (found) return refuse(VfsError::kExists);
  if (!absent(found.error())) return refuse(found.error());
  CMOS_VFS_TRY_VOID(need_folder(split_last(path).parent));
  return files_->make_folders(path);
}

VfsResult<std::optional<Lost>> OverlayVolume::remove(std::string_view path) {
  const std::lock_guard guard(changing_);
  CMOS_VFS_TRY(const NodeKind kind, kind_of(path));
  if (kind == NodeKind::kDirectory) CMOS_VFS_TRY_VOID(need_empty(path));
  const auto lost = upper_lost(path);
  // First the mark: a run that ends in between leaves the file as it was, instead of an older one.
  CMOS_VFS_TRY_VOID(hide(path));
  const auto upper = files_->remove(path);
  if (upper) return lost;
  if (!absent(upper.error())) return refuse(upper.error());
  return std::nullopt;
}

/// What goes when the upper folder's `path` does.
std::optional<Lost> OverlayVolume::upper_lost(std::string_view path) const {
  const auto node = about_to_go(*files_, path);
  if (!node) return std::nullopt;
  return Lost{.node = *node, .copy = lower_stat(path).has_value()};
}

VfsResult<void> OverlayVolume::need_replaceable(std::string_view to, NodeKind from_kind) const {
  CMOS_VFS_TRY_VOID(need_folder(split_last(to).parent));
  const auto target = kind_of(to);
  if (!target) {
    if (absent(target.error())) return {};
    return refuse(target.error());
  }
  const bool to_folder = *target == NodeKind::kDirectory;
  if (to_folder && from_kind != NodeKind::kDirectory) return refuse(VfsError::kIsDirectory);
  if (!to_folder && from_kind == NodeKind::kDirectory) return refuse(VfsError::kNotDirectory);
  if (to_folder) return need_empty(to);
  return {};
}

VfsResult<std::optional<Lost>> OverlayVolume::rename(std::string_view from, std::string_view to) {
  const std::lock_guard guard(changing_);
  CMOS_VFS_TRY(const NodeKind kind, kind_of(from));
  if (from == to) return std::nullopt;
  if (to.size() > from.size() && to.starts_with(from) && to[from.size()] == '/')
    return refuse(VfsError::kInvalid);
  CMOS_VFS_TRY_VOID(need_replaceable(to, kind));
  CMOS_VFS_TRY_VOID(copy_up_tree(from));
  CMOS_VFS_TRY_VOID(files_->make_folders(split_last(to).parent));
  const auto lost = upper_lost(to);
  CMOS_VFS_TRY_VOID(hide(from));
  if (kind == NodeKind::kDirectory) CMOS_VFS_TRY_VOID(hide(to));
  CMOS_VFS_TRY_VOID(files_->rename(from, to));
  return lost;
}

HostPlace OverlayVolume::place_for_replacing(std::string_view path) const {
  return {files_, std::string(path)};
}

VfsResult<void> OverlayVolume::make_way(std::string_view path) {
  const std::lock_guard guard(changing_);
  return files_->make_folders(split_last(path).parent);
}

}  // namespace cmos::vfs

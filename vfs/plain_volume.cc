#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "vfs/paths.h"
#include "vfs/volume.h"

namespace cmos::vfs {
namespace {

// A link that leads nowhere is neither there nor free; a file that others create and remove looks
// the same for a moment.
constexpr int kCreateAttempts = 16;

int host_flags(std::uint32_t flags) {
  int out = (flags & kWrite) == 0 ? O_RDONLY : (flags & kRead) != 0 ? O_RDWR : O_WRONLY;
  if ((flags & kAppend) != 0) out |= O_APPEND;
  return out;
}

VfsResult<Opened> open_or_create(const HostFolder& folder, std::string_view path,
                                 std::uint32_t flags) {
  struct stat info {};
  const int host = host_flags(flags);
  Opened out;
  for (int attempt = 0; attempt < kCreateAttempts; ++attempt) {
    if ((flags & kExclusive) == 0) {
      auto found = folder.open(path, host, &info);
      if (found) {
        CMOS_VFS_TRY(out.info, node_of(info));
        out.fd = *std::move(found);
        return out;
      }
      if (found.error() != VfsError::kNotFound || (flags & kCreate) == 0)
        return refuse(found.error());
    }
    auto made = folder.create(path, host);
    if (made) {
      out.fd = *std::move(made);
      out.created = true;
      if (::fstat(out.fd.get(), &info) != 0) return refuse(from_errno(errno));
      CMOS_VFS_TRY(out.info, node_of(info));
      return out;
    }
    if (made.error() != VfsError::kExists || (flags & kExclusive) != 0) return refuse(made.error());
  }
  return refuse(VfsError::kAccess);
}

}  // namespace

bool valid_open_flags(std::uint32_t flags) {
  constexpr std::uint32_t kAll = kRead | kWrite | kCreate | kTruncate | kAppend | kExclusive;
  if ((flags & ~kAll) != 0 || (flags & (kRead | kWrite)) == 0) return false;
  if ((flags & kWrite) == 0 && (flags & (kCreate | kTruncate | kAppend)) != 0) return false;
  return (flags & kExclusive) == 0 || (flags & kCreate) != 0;
}

VfsResult<Opened> open_in(const HostFolder& folder, std::string_view path, std::uint32_t flags) {
  CMOS_VFS_TRY(Opened out, open_or_create(folder, path, flags));
  if ((flags & kTruncate) != 0 && out.info.size != 0) {
    if (::ftruncate(out.fd.get(), 0) != 0) return refuse(from_errno(errno));
    out.cut_off = out.info.size;
    out.info.size = 0;
  }
  return out;
}

VfsResult<Opened> PlainVolume::open(std::string_view path, std::uint32_t flags) {
  if (read_only_ && (flags & kWrite) != 0) return refuse(VfsError::kAccess);
  return open_in(*folder_, path, flags);
}

VfsResult<NodeInfo> PlainVolume::stat(std::string_view path) const {
  auto info = folder_->stat(path);
  if (!info && info.error() == VfsError::kNotFound && path.empty())
    info = NodeInfo{.kind = NodeKind::kDirectory};
  if (info && read_only_) info->read_only = true;
  return info;
}

VfsResult<std::vector<FolderEntry>> PlainVolume::list(std::string_view path) const {
  auto entries = folder_->list(path);
  if (!entries && entries.error() == VfsError::kNotFound && path.empty()) entries.emplace();
  return entries;
}

VfsResult<void> PlainVolume::make_folder(std::string_view path) {
  if (read_only_) return refuse(VfsError::kAccess);
  return folder_->make_folder(path);
}

std::optional<NodeInfo> about_to_go(const HostFolder& folder, std::string_view path) {
  const auto info = folder.look_at(path);
  const auto node = info ? node_of(*info) : VfsResult<NodeInfo>(refuse(info.error()));
  return node ? std::optional(*node) : std::nullopt;
}

VfsResult<std::optional<Lost>> PlainVolume::remove(std::string_view path) {
  if (read_only_) return refuse(VfsError::kAccess);
  const auto node = about_to_go(*folder_, path);
  CMOS_VFS_TRY_VOID(folder_->remove(path));
  return node ? std::optional(Lost{.node = *node}) : std::nullopt;
}

VfsResult<std::optional<Lost>> PlainVolume::rename(std::string_view from, std::string_view to) {
  if (read_only_) return refuse(VfsError::kAccess);
  const auto moved = about_to_go(*folder_, from);
  const auto node = about_to_go(*folder_, to);
  CMOS_VFS_TRY_VOID(folder_->rename(from, to));
  const bool replaced = node && !(moved && moved->id == node->id);
  return replaced ? std::optional(Lost{.node = *node}) : std::nullopt;
}

HostPlace PlainVolume::place_for_replacing(std::string_view path) const {
  return {folder_, std::string(path)};
}

VfsResult<void> PlainVolume::make_way(std::string_view path) {
  if (read_only_) return refuse(VfsError::kAccess);
  return folder_->make_folders(split_last(path).parent);
}

}  // namespace cmos::vfs

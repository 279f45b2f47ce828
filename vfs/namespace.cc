#include "vfs/namespace.h"

#include <algorithm>
#include <set>

#include "vfs/atomic_replace.h"
#include "vfs/location.h"

namespace cmos::vfs {
namespace {

VfsResult<std::vector<std::string>> sorted(const std::set<std::string>& names) {
  return std::vector<std::string>(names.begin(), names.end());
}

bool is_below(std::string_view inner, std::string_view outer) {
  return inner.size() > outer.size() + 1 && inner.starts_with(outer) && inner[outer.size()] == '/';
}

constexpr NodeInfo kVirtualFolder{.kind = NodeKind::kDirectory, .read_only = true};

}  // namespace

// ---- where a path leads -------------------------------------------------------------------------

Namespace::Location Namespace::locate(const Path& path) const {
  using Kind = Location::Kind;
  for (const auto& mount : mounts_) {
    if (path.is_within(mount.at.joined())) {
      return {.kind = Kind::kVolume,
              .volume = mount.volume.get(),
              .rest = std::string(path.after(mount.at.depth()))};
    }
  }
  if (path.first() == kData) {
    return {.kind = Kind::kVolume, .volume = data_.get(), .rest = std::string(path.after(1))};
  }
  if (path.is_top() || path.joined() == kApps || has_mount_below(path))
    return {.kind = Kind::kVirtual};
  if (path.first() != kApps) return {};
  const std::string_view below = path.after(1);
  const std::string_view program = below.substr(0, below.find('/'));
  if (program.size() == below.size())
    return {.kind = Kind::kProgram, .program = std::string(program)};
  if (path.after(2) == kMinidiskName)
    return {.kind = Kind::kMinidisk, .program = std::string(program)};
  return {};
}

bool Namespace::has_mount_below(const Path& path) const {
  return std::any_of(mounts_.begin(), mounts_.end(), [&](const Mounted& mount) {
    return path.joined() != mount.at.joined() && mount.at.is_within(path.joined());
  });
}

/// kAccess when a mini-disk uses the file.
VfsResult<void> Namespace::need_free(const Location& location) const {
  if (!in_use_) return {};
  std::string identity;
  if (location.kind == Location::Kind::kMinidisk) {
    const auto shape = minidisk_shape(location.program);
    CMOS_VFS_TRY(const BackingPlace place,
                 backing_place(location.program, shape ? shape->backup_name : ""));
    identity = place.identity;
  } else {
    // Backing files lie at the top of the data branch (abi 4): deeper files cannot be one.
    if (location.volume != data_.get() || location.rest.empty() ||
        location.rest.find('/') != std::string::npos) {
      return {};
    }
    identity = join(kData, location.rest);
  }
  CMOS_VFS_TRY(const bool used, in_use_(identity));
  if (used) return refuse(VfsError::kAccess);
  return {};
}

/// Why nothing can be made at a place that no volume covers.
VfsError Namespace::refusal(const Path& path) const {
  if (path.is_top()) return VfsError::kAccess;
  const auto parent = stat(Path::of(split_last(path.joined()).parent));
  if (!parent) return parent.error();
  return parent->kind == NodeKind::kFile || parent->kind == NodeKind::kMinidisk
             ? VfsError::kNotDirectory
             : VfsError::kAccess;
}

/// The place of something that is to be removed, or renamed from or to.
VfsResult<Namespace::Location> Namespace::changeable(const Path& path) const {
  Location location = locate(path);
  if (location.kind == Location::Kind::kNothing) return refuse(VfsError::kNotFound);
  if (location.kind == Location::Kind::kProgram || location.kind == Location::Kind::kMinidisk) {
    CMOS_VFS_TRY_VOID(stat(path));
    return refuse(VfsError::kAccess);
  }
  if (location.kind == Location::Kind::kVirtual || location.rest.empty() || has_mount_below(path)) {
    return refuse(VfsError::kAccess);
  }
  CMOS_VFS_TRY_VOID(need_free(location));
  return location;
}

// ---- stat and list ------------------------------------------------------------------------------

VfsResult<NodeInfo> Namespace::stat(const Path& path) const {
  const Location location = locate(path);
  switch (location.kind) {
    case Location::Kind::kNothing: {
      if (path.first() != kApps) return refuse(VfsError::kNotFound);
      // Something below a program other than `md`, or below `md`.
      const auto parent = stat(Path::of(split_last(path.joined()).parent));
      if (parent && parent->kind == NodeKind::kMinidisk) return refuse(VfsError::kNotDirectory);
      return refuse(parent ? VfsError::kNotFound : parent.error());
    }
    case Location::Kind::kVirtual:
      return kVirtualFolder;
    case Location::Kind::kProgram:
      return program_stat(location.program);
    case Location::Kind::kMinidisk:
      return minidisk_stat(location.program);
    case Location::Kind::kVolume:
      break;
  }
  auto info = location.volume->stat(location.rest);
  if (!info && info.error() == VfsError::kNotFound && has_mount_below(path)) return kVirtualFolder;
  return info;
}

VfsResult<std::vector<std::string>> Namespace::list_volume(const Location& location) const {
  CMOS_VFS_TRY(auto entries, location.volume->list(location.rest));
  std::vector<std::string> out;
  out.reserve(entries.size());
  for (auto& entry : entries) out.push_back(std::move(entry.name));
  return out;
}

VfsResult<std::vector<std::string>> Namespace::list(const Path& path) const {
  std::set<std::string> names;
  const Location location = locate(path);
  switch (location.kind) {
    case Location::Kind::kNothing:
      return refuse(VfsError::kNotFound);
    case Location::Kind::kProgram:
      CMOS_VFS_TRY_VOID(program_stat(location.program));
      if (minidisk_stat(location.program)) names.emplace(kMinidiskName);
      return sorted(names);
    case Location::Kind::kMinidisk:
      return refuse(VfsError::kNotDirectory);
    case Location::Kind::kVirtual:
      if (path.is_top()) names = {std::string(kApps), std::string(kData)};
      if (path.joined() == kApps) return list_programs();
      break;
    case Location::Kind::kVolume: {
      auto found = list_volume(location);
      if (!has_mount_below(path)) return found;
      if (!found && found.error() != VfsError::kNotFound) return found;
      if (found) names.insert(found->begin(), found->end());
    }
  }
  for (const auto& mount : mounts_) {
    const std::string_view at = mount.at.joined();
    if (!path.is_top() && !is_below(at, path.joined())) continue;
    const std::string_view below = mount.at.after(path.depth());
    names.emplace(below.substr(0, below.find('/')));
  }
  return sorted(names);
}

File::Lister Namespace::lister(const Path& path) const {
  return [this, path]() -> VfsResult<Listing> {
    CMOS_VFS_TRY(auto names, list(path));
    std::uint64_t bytes = names.capacity() * sizeof(std::string);
    for (const std::string& name : names) bytes += name.capacity();
    MemoryCharge charge(memory());
    if (!charge.add(bytes)) return refuse(VfsError::kNoMemory);
    return Listing{std::move(names), std::move(charge)};
  };
}

// ---- open ---------------------------------------------------------------------------------------

VfsResult<std::unique_ptr<File>> Namespace::open(const Path& path, std::uint32_t flags) {
  if (!valid_open_flags(flags)) return refuse(VfsError::kInvalid);
  const Location location = locate(path);
  switch (location.kind) {
    case Location::Kind::kNothing: {
      if ((flags & kCreate) != 0) return refuse(refusal(path));
      const auto info = stat(path);
      return refuse(info ? VfsError::kNotFound : info.error());
    }
    case Location::Kind::kVirtual:
      return open_folder(path, flags);
    case Location::Kind::kProgram:
      return open_program(path, location.program, flags);
    case Location::Kind::kMinidisk:
      return open_minidisk(location, flags);
    case Location::Kind::kVolume:
      break;
  }
  if (location.rest.empty()) return open_folder(path, flags);
  CMOS_VFS_TRY_VOID(need_free(location));
  return open_in_volume(path, location, flags);
}

VfsResult<std::unique_ptr<File>> Namespace::open_folder(const Path& path,
                                                        std::uint32_t flags) const {
  if ((flags & kExclusive) != 0) return refuse(VfsError::kExists);
  if ((flags & kWrite) != 0) return refuse(VfsError::kIsDirectory);
  return std::make_unique<File>(lister(path));
}

VfsResult<std::unique_ptr<File>> Namespace::open_in_volume(const Path& path,
                                                           const Location& location,
                                                           std::uint32_t flags) {
  const auto held = hold_names();
  auto opened = open_counted(*location.volume, location.rest, flags);
  if (!opened) {
    if (opened.error() == VfsError::kNotFound && has_mount_below(path))
      return open_folder(path, flags);
    return refuse(opened.error());
  }
  quota_.give_bytes(opened->cut_off);
  if (opened->info.kind == NodeKind::kDirectory) return open_folder(path, flags);
  return std::make_unique<HostFile>(std::move(opened->fd), flags, &quota_);
}

/// A new file needs room in the quota, an existing one does not: that is known only afterwards.
VfsResult<Opened> Namespace::open_counted(Volume& volume, std::string_view path,
                                          std::uint32_t flags) {
  if ((flags & kCreate) == 0 || !quota_.counts_files()) return volume.open(path, flags);
  if (quota_.take_file()) {
    auto opened = volume.open(path, flags);
    if (!opened || !opened->created) quota_.give_file();
    return opened;
  }
  if ((flags & kExclusive) != 0) {
    const auto info = volume.stat(path);
    if (info) return refuse(VfsError::kExists);
    return refuse(info.error() == VfsError::kNotFound ? VfsError::kNoSpace : info.error());
  }
  auto opened = volume.open(path, flags & ~kCreate);
  if (opened || opened.error() != VfsError::kNotFound) return opened;
  CMOS_VFS_TRY_VOID(volume.stat(split_last(path).parent));
  return refuse(VfsError::kNoSpace);
}

// ---- changes ------------------------------------------------------------------------------------

VfsResult<void> Namespace::make_folder(const Path& path) {
  const Location location = locate(path);
  if (location.kind == Location::Kind::kVirtual) return refuse(VfsError::kExists);
  if (location.kind != Location::Kind::kVolume) {
    return refuse(stat(path) ? VfsError::kExists : refusal(path));
  }
  if (location.rest.empty()) return refuse(VfsError::kExists);
  if (!quota_.take_file()) {
    CMOS_VFS_TRY_VOID(location.volume->stat(split_last(location.rest).parent));
    return refuse(location.volume->stat(location.rest) ? VfsError::kExists : VfsError::kNoSpace);
  }
  auto made = location.volume->make_folder(location.rest);
  if (!made) quota_.give_file();
  return made;
}

VfsResult<void> Namespace::write_whole(const Path& path, Bytes content, HostOps& ops) {
  const Location location = locate(path);
  if (location.kind == Location::Kind::kNothing) return refuse(refusal(path));
  if (location.kind == Location::Kind::kVirtual) return refuse(VfsError::kIsDirectory);
  if (location.kind != Location::Kind::kVolume) return refuse(VfsError::kAccess);
  if (location.rest.empty()) return refuse(VfsError::kIsDirectory);
  if (location.volume->read_only()) return refuse(VfsError::kAccess);
  CMOS_VFS_TRY_VOID(need_free(location));
  const auto before = location.volume->stat(location.rest);
  if (before && before->kind == NodeKind::kDirectory) return refuse(VfsError::kIsDirectory);
  const HostPlace place = location.volume->place_for_replacing(location.rest);
  const auto held = hold_names();
  const auto room =
      quota_.take_replacement(about_to_go(*place.folder, place.path), !before, content.size());
  if (room.missing != Quota::Replacement::Missing::kNothing) return refuse(VfsError::kNoSpace);
  auto done = replace_in(location, content, ops);
  quota_.settle(room, done || done.error() == VfsError::kNotDurable);
  return done;
}

VfsResult<void> Namespace::replace_in(const Location& location, Bytes content, HostOps& ops) {
  const std::string_view parent = split_last(location.rest).parent;
  // The volume's own top need not exist yet; other folders are not made here.
  if (!parent.empty()) {
    CMOS_VFS_TRY(const NodeInfo folder, location.volume->stat(parent));
    if (folder.kind != NodeKind::kDirectory) return refuse(VfsError::kNotDirectory);
  }
  CMOS_VFS_TRY_VOID(location.volume->make_way(location.rest));
  return replace_atomically(ops, location.volume->place_for_replacing(location.rest), content);
}

std::unique_lock<std::mutex> Namespace::hold_names() {
  return quota_.counts() ? quota_.hold_sizes() : std::unique_lock<std::mutex>();
}

void Namespace::give_back(const std::optional<Lost>& lost) {
  if (lost) quota_.lost_name(lost->node, !lost->copy);
}

VfsResult<void> Namespace::remove(const Path& path) {
  CMOS_VFS_TRY(const Location location, changeable(path));
  const auto held = hold_names();
  CMOS_VFS_TRY(const std::optional<Lost> lost, location.volume->remove(location.rest));
  give_back(lost);
  return {};
}

VfsResult<void> Namespace::rename(const Path& from, const Path& to) {
  CMOS_VFS_TRY(const Location source, changeable(from));
  CMOS_VFS_TRY_VOID(source.volume->stat(source.rest));
  if (locate(to).kind == Location::Kind::kNothing) return refuse(refusal(to));
  CMOS_VFS_TRY(const Location target, changeable(to));
  if (source.volume != target.volume) return refuse(VfsError::kAccess);
  const auto held = hold_names();
  CMOS_VFS_TRY(const std::optional<Lost> lost, source.volume->rename(source.rest, target.rest));
  give_back(lost);
  return {};
}

}  // namespace cmos::vfs

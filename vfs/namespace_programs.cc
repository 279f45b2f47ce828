// The branch Cmos:\sys_apps: programs, their mini-disks as files, and what is installed in the
// root.
#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <exception>
#include <set>

#include "vfs/atomic_replace.h"
#include "vfs/location.h"
#include "vfs/namespace.h"

namespace cmos::vfs {
namespace {

std::string binary_path(std::string_view program) {
  return join(program, kBinaryName);
}

/// `size` is what the file is believed to have.
VfsResult<std::vector<std::uint8_t>> read_rest(File& file, std::uint64_t size, std::uint64_t max) {
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  if (size > max) return refuse(VfsError::kNoSpace);
  std::vector<std::uint8_t> out;
  try {
    out.reserve(size + kPiece);  // growing would hold it twice
  } catch (const std::exception&) {
    return refuse(VfsError::kNoMemory);  // the host has not as much: nothing is read
  }
  for (;;) {
    const std::size_t used = out.size();
    out.resize(std::max(out.capacity(), used + kPiece));
    CMOS_VFS_TRY(const std::size_t got, file.read(std::span(out).subspan(used)));
    out.resize(used + got);
    if (out.size() > max) return refuse(VfsError::kNoSpace);
    if (got == 0) return out;
  }
}

VfsResult<std::vector<std::uint8_t>> read_all(Volume& volume, std::string_view path,
                                              std::uint64_t max = UINT64_MAX) {
  CMOS_VFS_TRY(Opened opened, volume.open(path, kRead));
  if (opened.info.kind == NodeKind::kDirectory) return refuse(VfsError::kIsDirectory);
  HostFile file(std::move(opened.fd), kRead, nullptr);
  return read_rest(file, opened.info.size, max);
}

/// Not for secrecy: it tells a rebuilt or unrelated binary from the one before.
std::string identity_of(Bytes binary) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint8_t byte : binary) hash = (hash ^ byte) * 0x100000001b3;
  return fmt::format("{} bytes, FNV-1a {:016x}\n", binary.size(), hash);
}

}  // namespace

// ---- programs -----------------------------------------------------------------------------------

VfsResult<void> Namespace::register_program(Program program) {
  if (!valid_component(program.name)) return refuse(VfsError::kInvalid);
  const std::lock_guard guard(programs_lock_);
  std::string name = program.name;
  programs_.insert_or_assign(std::move(name), std::move(program));
  return {};
}

std::optional<Program> Namespace::registered(std::string_view name) const {
  const std::lock_guard guard(programs_lock_);
  const auto found = programs_.find(name);
  if (found == programs_.end()) return std::nullopt;
  return found->second;
}

VfsResult<NodeInfo> Namespace::program_stat(const std::string& name) const {
  if (const auto program = registered(name)) {
    return NodeInfo{.size = program->binary->size(),
                    .kind = NodeKind::kProgram,
                    .read_only = true,
                    .modified = program->modified};
  }
  CMOS_VFS_TRY(NodeInfo info, apps_->stat(binary_path(name)));
  if (info.kind != NodeKind::kFile) return refuse(VfsError::kNotFound);
  info.kind = NodeKind::kProgram;
  info.read_only = true;
  return info;
}

VfsResult<std::vector<std::string>> Namespace::list_programs() const {
  CMOS_VFS_TRY(const auto folders, apps_->list(""));
  std::set<std::string> names;
  for (const auto& folder : folders) {
    const auto binary = apps_->stat(binary_path(folder.name));
    if (binary && binary->kind == NodeKind::kFile) names.insert(folder.name);
  }
  const std::lock_guard guard(programs_lock_);
  for (const auto& [name, program] : programs_) names.insert(name);
  return std::vector<std::string>(names.begin(), names.end());
}

VfsResult<std::unique_ptr<File>> Namespace::open_program(const Path& path, const std::string& name,
                                                         std::uint32_t flags) {
  const auto info = program_stat(name);
  if (!info) {
    const bool creating = info.error() == VfsError::kNotFound && (flags & kCreate) != 0;
    return refuse(creating ? VfsError::kAccess : info.error());
  }
  if ((flags & kExclusive) != 0) return refuse(VfsError::kExists);
  if ((flags & kWrite) != 0) return refuse(VfsError::kAccess);
  if (const auto program = registered(name))
    return std::make_unique<MemoryFile>(program->binary, lister(path));
  CMOS_VFS_TRY(Opened opened, apps_->open(binary_path(name), kRead));
  return std::make_unique<PaddedFile>(std::move(opened.fd), opened.info.size, &quota_,
                                      lister(path));
}

VfsResult<SharedBytes> Namespace::read_whole(const Path& path, std::uint64_t max) {
  const Location location = locate(path);
  if (location.kind == Location::Kind::kProgram) {
    if (const auto program = registered(location.program)) {
      if (program->binary->size() > max) return refuse(VfsError::kNoSpace);
      return program->binary;
    }
  }
  CMOS_VFS_TRY(const NodeInfo info, stat(path));
  CMOS_VFS_TRY(const auto file, open(path, kRead));
  CMOS_VFS_TRY(auto bytes, read_rest(*file, info.size, max));
  return std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
}

VfsResult<void> Namespace::install_program(std::string_view name, Bytes binary, HostOps& ops) {
  if (!valid_component(name)) return refuse(VfsError::kInvalid);
  CMOS_VFS_TRY_VOID(apps_->make_way(binary_path(name)));
  const HostPlace place = apps_->place_for_replacing(binary_path(name));
  return replace_atomically(ops, place, binary);
}

VfsResult<void> Namespace::uninstall_program(std::string_view name, bool keep_minidisk) {
  if (!valid_component(name)) return refuse(VfsError::kInvalid);
  CMOS_VFS_TRY_VOID(apps_->remove(binary_path(name)));
  if (!keep_minidisk) {
    for (const std::string_view file : {kMinidiskName, kIdentityName}) {
      const auto removed = apps_->remove(join(name, file));
      if (!removed && removed.error() != VfsError::kNotFound) return refuse(removed.error());
    }
  }
  const auto folder = apps_->remove(name);
  if (!folder && folder.error() != VfsError::kNotEmpty) return refuse(folder.error());
  return {};
}

VfsResult<bool> Namespace::note_binary(std::string_view program, Bytes binary) {
  if (!valid_component(program)) return refuse(VfsError::kInvalid);
  const std::string path = join(program, kIdentityName);
  const std::string now = identity_of(binary);
  const auto before = read_all(*apps_, path, now.size() + 64);
  if (!before && before.error() != VfsError::kNotFound) return refuse(before.error());
  if (before && as_text(*before) == now) return false;
  CMOS_VFS_TRY_VOID(apps_->make_way(path));
  const HostPlace place = apps_->place_for_replacing(path);
  CMOS_VFS_TRY_VOID(replace_atomically(HostOps::host(), place, as_bytes(now)));
  return before.has_value();
}

// ---- mini-disks as files ------------------------------------------------------------------------

VfsResult<MinidiskShape> Namespace::minidisk_shape(std::string_view name) const {
  if (const auto program = registered(name)) return program->minidisk;
  if (!valid_component(name)) return refuse(VfsError::kInvalid);
  CMOS_VFS_TRY_VOID(program_stat(std::string(name)));
  if (config_.probe) {
    const auto binary = read_all(*apps_, binary_path(name), memory()->left());
    if (!binary && binary.error() == VfsError::kNoSpace) return refuse(VfsError::kNoMemory);
    if (!binary) return refuse(binary.error());
    if (auto shape = config_.probe(*binary)) return *std::move(shape);
  }
  const auto backing = apps_->stat(join(name, kMinidiskName));
  return MinidiskShape{.size = backing ? static_cast<std::uint32_t>(
                                             std::min<std::uint64_t>(backing->size, UINT32_MAX))
                                       : 0};
}

VfsResult<BackingPlace> Namespace::backing_place(std::string_view program,
                                                 std::string_view backup_name) const {
  if (!valid_component(program)) return refuse(VfsError::kInvalid);
  if (backup_name.empty()) {
    const std::string path = join(program, kMinidiskName);
    return BackingPlace{.identity = join(kApps, path),
                        .volume = apps_.get(),
                        .path = path,
                        .aside_name = std::string(program)};
  }
  if (!valid_component(backup_name)) return refuse(VfsError::kInvalid);
  return BackingPlace{.identity = join(kData, backup_name),
                      .volume = data_.get(),
                      .path = std::string(backup_name),
                      .aside_name = std::string(backup_name)};
}

VfsResult<NodeInfo> Namespace::minidisk_stat(const std::string& program) const {
  const auto shape = minidisk_shape(program);
  if (!shape && shape.error() != VfsError::kNotFound) return refuse(shape.error());
  CMOS_VFS_TRY(const BackingPlace place, backing_place(program, shape ? shape->backup_name : ""));
  auto info = place.volume->stat(place.path);
  if (!info && info.error() != VfsError::kNotFound) return info;
  // A mini-disk that was never flushed exists all the same, full of zeros; one of a program that is
  // gone is its file.
  if (shape ? shape->size == 0 : !info) return refuse(VfsError::kNotFound);
  NodeInfo out = info ? *info : NodeInfo{};
  if (shape) out.size = shape->size;
  out.kind = NodeKind::kMinidisk;
  out.read_only = true;
  return out;
}

VfsResult<std::unique_ptr<File>> Namespace::open_minidisk(const Location& location,
                                                          std::uint32_t flags) {
  const auto info = minidisk_stat(location.program);
  if (!info) {
    const bool creating = info.error() == VfsError::kNotFound && (flags & kCreate) != 0;
    return refuse(creating ? VfsError::kAccess : info.error());
  }
  if ((flags & kExclusive) != 0) return refuse(VfsError::kExists);
  if ((flags & kWrite) != 0) return refuse(VfsError::kAccess);
  CMOS_VFS_TRY_VOID(need_free(location));
  const auto shape = minidisk_shape(location.program);
  CMOS_VFS_TRY(const BackingPlace place,
               backing_place(location.program, shape ? shape->backup_name : ""));
  auto opened = place.volume->open(place.path, kRead);
  if (!opened && opened.error() != VfsError::kNotFound) return refuse(opened.error());
  if (opened && opened->info.kind == NodeKind::kDirectory) return refuse(VfsError::kAccess);
  return std::make_unique<PaddedFile>(opened ? std::move(opened->fd) : UniqueFd(), info->size,
                                      &quota_);
}

}  // namespace cmos::vfs

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "vfs/location.h"
#include "vfs/namespace.h"
#include "vfs/overlay_volume.h"

namespace cmos::vfs {
namespace {

std::string_view reason(VfsError error) {
  if (error == VfsError::kNotFound) return "there is none";
  if (error == VfsError::kNotDirectory) return "it is no folder";
  return meaning(error);
}

tl::unexpected<Error> unusable(std::string_view option, const std::string& folder, VfsError error) {
  const auto code = error == VfsError::kNotFound || error == VfsError::kNotDirectory
                        ? ErrorCode::kNotFound
                    : error == VfsError::kAccess ? ErrorCode::kUnreadable
                                                 : ErrorCode::kHostIo;
  return fail(Error{.code = code,
                    .file = folder,
                    .field = std::string(option),
                    .message = "cannot use the folder: " + std::string(reason(error))});
}

/// One that does not exist is made by the first write.
Result<void> need_folder_or_nothing(const std::string& root) {
  struct stat info {};
  if (::stat(root.c_str(), &info) != 0 || S_ISDIR(info.st_mode)) return {};
  return unusable("root", root, VfsError::kNotDirectory);
}

}  // namespace

Namespace::Namespace(Config config)
    : config_(std::move(config)),
      quota_(config_.max_files, config_.max_bytes),
      root_(std::make_shared<HostFolder>(config_.root, config_.confinement)) {}

Namespace::~Namespace() = default;

std::shared_ptr<Volume> Namespace::volume_over(std::shared_ptr<HostFolder> folder,
                                               std::string_view name, bool read_only) {
  if (!overlay_ || read_only) return std::make_shared<PlainVolume>(std::move(folder), read_only);
  return std::make_shared<OverlayVolume>(std::move(folder),
                                         std::make_shared<HostFolder>(overlay_, std::string(name)),
                                         CopyRules{quota_, stop_requested_});
}

Result<void> Namespace::prepare_overlay() {
  using Kind = OverlayChoice::Kind;
  std::string folder = config_.overlay.folder;
  if (config_.overlay.kind == Kind::kNone) return {};
  if (config_.overlay.kind == Kind::kDiscard) {
    CMOS_TRY(scratch_, ScratchFolder::create(config_.scratch));
    folder = scratch_->path();
  }
  overlay_ = std::make_shared<HostFolder>(folder, config_.confinement);
  if (const auto made = overlay_->descriptor(true); !made)
    return unusable("--overlay", folder, made.error());
  return {};
}

Result<void> Namespace::add_mounts() {
  for (const Mount& mount : config_.mounts) {
    const bool taken = std::any_of(mounts_.begin(), mounts_.end(),
                                   [&](const Mounted& other) { return other.at == mount.at; });
    if (taken) {
      return fail(Error{.code = ErrorCode::kUsage,
                        .field = "--mount",
                        .message = mount.at.text() + " is given twice"});
    }
    auto folder = std::make_shared<HostFolder>(mount.host_path, config_.confinement);
    if (const auto opened = folder->descriptor(); !opened)
      return unusable("--mount", mount.host_path, opened.error());
    mounts_.push_back(
        {mount.at, volume_over(std::move(folder), mount.at.joined(), mount.read_only)});
  }
  std::stable_sort(mounts_.begin(), mounts_.end(),
                   [](const Mounted& a, const Mounted& b) { return a.at.depth() > b.at.depth(); });
  return {};
}

Result<std::unique_ptr<Namespace>> Namespace::create(Config config) {
  std::unique_ptr<Namespace> out(new Namespace(std::move(config)));
  CMOS_TRY_VOID(need_folder_or_nothing(out->config_.root));
  CMOS_TRY_VOID(out->prepare_overlay());
  out->state_ = out->overlay_ ? out->overlay_ : out->root_;
  out->data_ =
      out->volume_over(std::make_shared<HostFolder>(out->root_, std::string(kData)), kData, false);
  out->apps_ =
      out->volume_over(std::make_shared<HostFolder>(out->root_, std::string(kApps)), kApps, false);
  CMOS_TRY_VOID(out->add_mounts());
  return out;
}

}  // namespace cmos::vfs

// A volume whose writes go elsewhere (`--overlay`): the lower folder is only ever read. The upper
// folder holds
//
//   :files/…     what was written, as ordinary files and folders
//   :removed/…   an empty file at each path that hides what the lower folder has there and below it
//
// so that it needs no special names or attributes, and can be looked at with ordinary tools. A file
// is copied up, whole and atomically, when it is first opened for writing (without its content when
// that is thrown away at once); handles that were opened for reading before go on showing the lower
// file. A copy keeps the holes and is charged to the quota; a stop request ends it with
// kInterrupted, and nothing is left of it. What lies in :files always wins; folders of both are
// merged.
#pragma once

#include <functional>
#include <mutex>

#include "vfs/quota.h"
#include "vfs/volume.h"

namespace cmos::vfs {

/// What copies are subject to. Both outlive the volume.
struct CopyRules {
  Quota& quota;
  /// May be empty; else asked before every piece of 256 KiB, by the thread that makes the call.
  const std::function<bool()>& stop_requested;
};

class OverlayVolume final : public Volume {
 public:
  /// `upper` is made on the first write.
  OverlayVolume(std::shared_ptr<HostFolder> lower, const std::shared_ptr<HostFolder>& upper,
                const CopyRules& rules);

  bool read_only() const override { return false; }
  VfsResult<Opened> open(std::string_view path, std::uint32_t flags) override;
  VfsResult<NodeInfo> stat(std::string_view path) const override;
  VfsResult<std::vector<FolderEntry>> list(std::string_view path) const override;
  VfsResult<void> make_folder(std::string_view path) override;
  VfsResult<std::optional<Lost>> remove(std::string_view path) override;
  VfsResult<std::optional<Lost>> rename(std::string_view from, std::string_view to) override;
  HostPlace place_for_replacing(std::string_view path) const override;
  VfsResult<void> make_way(std::string_view path) override;

 private:
  /// Whether :removed hides the lower folder's `path`.
  VfsResult<bool> hidden(std::string_view path) const;
  VfsResult<NodeInfo> lower_stat(std::string_view path) const;
  VfsResult<NodeKind> kind_of(std::string_view path) const;
  VfsResult<void> need_folder(std::string_view path) const;
  VfsResult<void> need_empty(std::string_view path) const;
  VfsResult<void> need_replaceable(std::string_view to, NodeKind from_kind) const;
  enum class Content : std::uint8_t { kKept, kThrownAway };
  VfsResult<void> copy_up(std::string_view path, Content content);
  VfsResult<void> copy_file(int from, std::string_view path, std::uint64_t size);
  VfsResult<void> copy_up_tree(std::string_view path);
  VfsResult<void> hide(std::string_view path);
  std::optional<Lost> upper_lost(std::string_view path) const;

  std::shared_ptr<HostFolder> lower_;
  std::shared_ptr<HostFolder> files_;
  std::shared_ptr<HostFolder> removed_;
  CopyRules rules_;
  mutable std::mutex changing_;  ///< held by every call that changes the upper folder
};

}  // namespace cmos::vfs

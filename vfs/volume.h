// One tree of files: the data branch, the store of installed programs, or a mount. Paths are
// relative to its top (see host_folder.h); the top itself always exists, even when the host's
// folder is made only by the first write.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vfs/host_folder.h"

namespace cmos::vfs {

/// abi 3, `open`.
inline constexpr std::uint32_t kRead = 1;
inline constexpr std::uint32_t kWrite = 2;
inline constexpr std::uint32_t kCreate = 4;
inline constexpr std::uint32_t kTruncate = 8;
inline constexpr std::uint32_t kAppend = 16;
inline constexpr std::uint32_t kExclusive = 32;

/// Whether the combination makes sense: read or write, and create, truncate and append only with
/// write, exclusive only with create; no other bits.
bool valid_open_flags(std::uint32_t flags);

struct Opened {
  UniqueFd fd;
  NodeInfo info;              ///< as after the call
  bool created = false;       ///< a new file
  std::uint64_t cut_off = 0;  ///< bytes that truncate threw away
};

/// What a name stood for that is gone from the layer that receives writes, as it was before.
struct Lost {
  NodeInfo node;
  bool copy = false;  ///< of what a lower layer has: it never counted as a new file
};

/// A file's place in the layer that receives writes.
struct HostPlace {
  std::shared_ptr<HostFolder> folder;
  std::string path;
};

/// Host names below a volume's top that no guest path can spell, because of the colon.
inline constexpr std::string_view kAsideFolder =
    ":aside";  ///< files that are about to be renamed to their place

class Volume {
 public:
  virtual ~Volume() = default;
  virtual bool read_only() const = 0;
  virtual VfsResult<Opened> open(std::string_view path, std::uint32_t flags) = 0;
  virtual VfsResult<NodeInfo> stat(std::string_view path) const = 0;
  virtual VfsResult<std::vector<FolderEntry>> list(std::string_view path) const = 0;
  virtual VfsResult<void> make_folder(std::string_view path) = 0;
  /// Nothing when the host has nothing less than before.
  virtual VfsResult<std::optional<Lost>> remove(std::string_view path) = 0;
  /// What was replaced.
  virtual VfsResult<std::optional<Lost>> rename(std::string_view from, std::string_view to) = 0;
  /// Where a whole new content of the file `path` is renamed to.
  virtual HostPlace place_for_replacing(std::string_view path) const = 0;
  /// Makes the folder of that place.
  virtual VfsResult<void> make_way(std::string_view path) = 0;
};

/// A host folder as it is.
class PlainVolume final : public Volume {
 public:
  PlainVolume(std::shared_ptr<HostFolder> folder, bool read_only)
      : folder_(std::move(folder)), read_only_(read_only) {}

  bool read_only() const override { return read_only_; }
  VfsResult<Opened> open(std::string_view path, std::uint32_t flags) override;
  VfsResult<NodeInfo> stat(std::string_view path) const override;
  VfsResult<std::vector<FolderEntry>> list(std::string_view path) const override;
  VfsResult<void> make_folder(std::string_view path) override;
  VfsResult<std::optional<Lost>> remove(std::string_view path) override;
  VfsResult<std::optional<Lost>> rename(std::string_view from, std::string_view to) override;
  HostPlace place_for_replacing(std::string_view path) const override;
  VfsResult<void> make_way(std::string_view path) override;

 private:
  std::shared_ptr<HostFolder> folder_;
  bool read_only_;
};

/// What `path` stands for in one host folder; nothing when it is no file or folder there.
std::optional<NodeInfo> about_to_go(const HostFolder& folder, std::string_view path);

/// `open` on one host folder, creation and truncation included.
VfsResult<Opened> open_in(const HostFolder& folder, std::string_view path, std::uint32_t flags);

}  // namespace cmos::vfs

// What a user says about the namespace on a command line (abi 5): the root, mounts, the overlay.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "vfs/paths.h"
#include "vfs/unique_fd.h"

namespace cmos::vfs {

/// `--mount 'Cmos:\src=DIR[:ro]'`
struct Mount {
  Path at;
  std::string host_path;
  bool read_only = false;
};

/// kUsage when there is no `=`, the Cmos path is malformed, is the top, `Cmos:\data` itself or
/// within `Cmos:\sys_apps`, or DIR is empty. A name without `Cmos:` is taken below the top here:
/// `src=DIR`. DIR ends at a final `:ro`.
Result<Mount> parse_mount(std::string_view text);

/// The host folder of the root: `option` (--root), else CMOS_ROOT, else XDG_DATA_HOME/calamos, else
/// HOME/.local/share/calamos. Empty variables count as unset, and so does a relative XDG_DATA_HOME,
/// as its standard demands. kUsage when nothing is left. `environment` is std::getenv in tools.
Result<std::string> choose_root(const std::optional<std::string>& option,
                                const std::function<const char*(const char*)>& environment);

/// `--overlay` or `--overlay=DIR`.
struct OverlayChoice {
  enum class Kind : std::uint8_t { kNone, kDiscard, kKeep } kind = Kind::kNone;
  std::string folder = {};  ///< for kKeep
};

/// A folder for one run, removed with everything in it at the end. A run that is killed leaves it
/// behind; the next one finds that nobody holds its lock and removes it.
class ScratchFolder {
 public:
  /// In TMPDIR or /tmp. kHostIo when it cannot be made.
  static Result<std::unique_ptr<ScratchFolder>> create(const std::string& inside);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  ScratchFolder(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  UniqueFd lock_;
};

/// Where scratch folders go: TMPDIR, else /tmp.
std::string scratch_location(const std::function<const char*(const char*)>& environment);

}  // namespace cmos::vfs

// The namespace `Cmos:\` of a run (cpe 3, abi 5), shared by all its processes:
//
//   Cmos:\sys_apps\<program>      the binary; to list: `md`
//   Cmos:\sys_apps\<program>\md   the program's mini-disk, read-only, as last flushed
//   Cmos:\data\…                  ordinary files
//   Cmos:\<mount>\…               extra host folders
//
// On the host, below the root (or, for what is written, below the overlay's folder: see
// overlay_volume.h):
//
//   data/…                          as named
//   sys_apps/<program>/program.cpe  an installed program
//   sys_apps/<program>/md           the backing file of a mini-disk without a backup name
//   sys_apps/<program>/identity     which binary used the mini-disk last
//   locks/data/<backup name>, locks/sys_apps/<program>/md
//                                   lock files of mini-disks; empty or the holder's process number;
//                                   never removed
//   {data,sys_apps}/:aside/…        content about to be renamed to its place
//
// The root is made by the first write; reading from a root that does not exist finds nothing. All
// calls are safe to use from several threads once the namespace is set up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/memory_budget.h"
#include "vfs/file.h"
#include "vfs/host_folder.h"
#include "vfs/host_ops.h"
#include "vfs/paths.h"
#include "vfs/quota.h"
#include "vfs/setup.h"
#include "vfs/volume.h"

namespace cmos::vfs {

/// What a program's file says about its mini-disk (cpe 1.1, 1.4).
struct MinidiskShape {
  std::uint32_t size = 0;        ///< bytes; 0 = it has none
  std::string backup_name = {};  ///< empty = none
};

struct Config {
  std::string root;  ///< host folder; see choose_root()
  std::vector<Mount> mounts = {};
  OverlayChoice overlay = {};
  std::string scratch = "/tmp";  ///< where a discarded overlay lives; see scratch_location()
  std::optional<std::uint64_t> max_files = {};
  std::optional<std::uint64_t> max_bytes = {};
  /// Charged with what is held in memory of files: listings, and files that are read whole.
  std::shared_ptr<MemoryBudget> memory = std::make_shared<MemoryBudget>();
  Confinement confinement = Confinement::kAuto;
  /// Reads the shape from an installed program's bytes; nothing when they are no program. Without
  /// it installed programs are taken to have no backup name and a mini-disk as large as its backing
  /// file.
  std::function<std::optional<MinidiskShape>(Bytes binary)> probe = {};
};

/// A program known for the run, from a host file.
struct Program {
  std::string name;  ///< a valid component; see program_name_for()
  SharedBytes binary;
  MinidiskShape minidisk;
  std::int64_t modified = 0;  ///< nanoseconds since 1970
};

/// The place of a mini-disk's backing file (abi 4).
struct BackingPlace {
  /// "data/<name>" or "sys_apps/<program>/md": equal places are one mini-disk.
  std::string identity;
  Volume* volume = nullptr;
  std::string path;        ///< in the volume
  std::string aside_name;  ///< for aside_of()
};

class Namespace {
 public:
  /// kUsage for two mounts at one place; kNotFound, kUnreadable or kHostIo, naming the folder, for
  /// a mount or overlay that cannot be used, or a root that is no folder. The root itself is not
  /// touched.
  static Result<std::unique_ptr<Namespace>> create(Config config);
  ~Namespace();

  // ---- what guests call; errors as abi 3 documents them -----------------------------------------
  /// `flags` as abi 3; the file must not outlive the namespace. Opening a mini-disk's backing file
  /// while a mini-disk uses it is kAccess. Programs and mini-disks open for reading only, folders
  /// for listing only.
  VfsResult<std::unique_ptr<File>> open(const Path& path, std::uint32_t flags);
  VfsResult<NodeInfo> stat(const Path& path) const;
  VfsResult<void> make_folder(const Path& path);
  /// A file or an empty folder. Programs, mini-disks, mounts and what leads to them: kAccess.
  VfsResult<void> remove(const Path& path);
  /// Replaces as POSIX rename does: a file by a file, an empty folder by a folder. From one mount
  /// to another: kAccess.
  VfsResult<void> rename(const Path& from, const Path& to);

  // ---- for the runtime and host tools -----------------------------------------------------------
  /// Names in byte order.
  VfsResult<std::vector<std::string>> list(const Path& path) const;
  /// A whole file. kNoSpace when it has more than `max` bytes, before they are read where its size
  /// is known.
  VfsResult<SharedBytes> read_whole(const Path& path, std::uint64_t max = UINT64_MAX);
  /// Makes an ordinary file of `content`, or gives one that whole new content, atomically. Errors
  /// as open(); a link that has the name is replaced, never followed.
  VfsResult<void> write_whole(const Path& path, Bytes content, HostOps& ops = HostOps::host());

  /// Makes a program visible as Cmos:\sys_apps\<name> for the run, in place of an installed or
  /// registered one of that name. kInvalid for a bad name.
  VfsResult<void> register_program(Program program);
  /// The shape of a registered or installed program. kNotFound when there is none.
  VfsResult<MinidiskShape> minidisk_shape(std::string_view program) const;
  /// Notes which binary uses a program's mini-disk. True when another one did before: two host
  /// files share a program name and so a mini-disk, which deserves a warning (abi 4).
  VfsResult<bool> note_binary(std::string_view program, Bytes binary);

  /// Installs or replaces a program, atomically. kInvalid for a bad name.
  VfsResult<void> install_program(std::string_view name, Bytes binary,
                                  HostOps& ops = HostOps::host());
  /// Removes an installed program; its mini-disk in sys_apps stays when `keep_minidisk`. kNotFound
  /// when not installed.
  VfsResult<void> uninstall_program(std::string_view name, bool keep_minidisk);

  // ---- for minidisk/ ----------------------------------------------------------------------------
  /// kInvalid when either name is no valid component. An empty backup name: the place in sys_apps.
  VfsResult<BackingPlace> backing_place(std::string_view program,
                                        std::string_view backup_name) const;
  /// Where locks/ lives: the root, or the overlay's folder.
  const std::shared_ptr<HostFolder>& state_folder() const { return state_; }
  /// Told a BackingPlace::identity, says whether a mini-disk uses that file now; a failure to find
  /// out is the answer of the call that asked. Set once, before guests run.
  void set_in_use_check(std::function<VfsResult<bool>(const std::string& identity)> check) {
    in_use_ = std::move(check);
  }
  /// Asked while an overlay copies a file, before every piece of 256 KiB, by the thread that makes
  /// the call; when it says true the call ends with kInterrupted and leaves nothing behind. Set
  /// once, before guests run.
  void set_stop_check(std::function<bool()> stop_requested) {
    stop_requested_ = std::move(stop_requested);
  }
  Quota& quota() { return quota_; }
  const std::shared_ptr<MemoryBudget>& memory() const { return config_.memory; }

 private:
  struct Location;
  struct Mounted {
    Path at;
    std::shared_ptr<Volume> volume;
  };

  explicit Namespace(Config config);
  Result<void> prepare_overlay();
  Result<void> add_mounts();
  std::shared_ptr<Volume> volume_over(std::shared_ptr<HostFolder> folder, std::string_view name,
                                      bool read_only);

  Location locate(const Path& path) const;
  bool has_mount_below(const Path& path) const;
  VfsResult<void> need_free(const Location& location) const;
  VfsError refusal(const Path& path) const;
  VfsResult<Location> changeable(const Path& path) const;
  File::Lister lister(const Path& path) const;

  VfsResult<std::unique_ptr<File>> open_folder(const Path& path, std::uint32_t flags) const;
  VfsResult<std::unique_ptr<File>> open_program(const Path& path, const std::string& name,
                                                std::uint32_t flags);
  VfsResult<std::unique_ptr<File>> open_minidisk(const Location& location, std::uint32_t flags);
  VfsResult<std::unique_ptr<File>> open_in_volume(const Path& path, const Location& location,
                                                  std::uint32_t flags);
  VfsResult<Opened> open_counted(Volume& volume, std::string_view path, std::uint32_t flags);
  VfsResult<void> replace_in(const Location& location, Bytes content, HostOps& ops);
  VfsResult<NodeInfo> program_stat(const std::string& name) const;
  VfsResult<NodeInfo> minidisk_stat(const std::string& program) const;
  VfsResult<std::vector<std::string>> list_programs() const;
  VfsResult<std::vector<std::string>> list_volume(const Location& location) const;
  std::optional<Program> registered(std::string_view name) const;
  /// Opening, and losing a name, are one step for the quota.
  std::unique_lock<std::mutex> hold_names();
  void give_back(const std::optional<Lost>& lost);

  Config config_;
  Quota quota_;
  std::shared_ptr<HostFolder> root_;
  std::unique_ptr<ScratchFolder> scratch_;
  std::shared_ptr<HostFolder> overlay_;  ///< null without
  std::shared_ptr<HostFolder> state_;
  std::shared_ptr<Volume> data_;
  std::shared_ptr<Volume> apps_;
  std::vector<Mounted> mounts_;  ///< the deepest first
  mutable std::mutex programs_lock_;
  std::map<std::string, Program, std::less<>> programs_;
  std::function<VfsResult<bool>(const std::string&)> in_use_;
  std::function<bool()> stop_requested_;
};

}  // namespace cmos::vfs

// What the families of calls 0x10 to 0x31 act on. Interfaces, because the runtime makes files and
// mini-disks only for the program that asks for them, and because launching needs a loader.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "minidisk/minidisk.h"
#include "syscalls/table.h"
#include "vfs/handles.h"

namespace cmos::syscalls {

/// The files of one process (abi 3, 0x10–0x19). Errors are those of a namespace that cannot be set
/// up; what is returned stays valid until the process has ended.
class Files {
 public:
  virtual ~Files() = default;
  virtual vfs::VfsResult<vfs::Namespace*> names() = 0;
  virtual vfs::VfsResult<vfs::Handles*> handles() = 0;
};

/// The mini-disk of one process (abi 3, 0x20–0x25).
class MinidiskService {
 public:
  virtual ~MinidiskService() = default;
  /// kMinidiskClosed once the process is ending (abi 2).
  virtual vfs::VfsResult<minidisk::Minidisk*> minidisk() = 0;
  /// After a call that failed in the mini-disk itself, for the host's user; and after one that may
  /// have taken the lock.
  virtual void used(minidisk::Minidisk& disk) = 0;
};

/// exec_cpe (abi 3, 0x30).
class Launcher {
 public:
  virtual ~Launcher() = default;
  /// Runs the program to its end. Its exit code & 0xff, a Status, or the end of the caller too.
  virtual CallResult launch(Kernel& kernel, const vfs::Path& path,
                            std::vector<std::string> arguments) = 0;
};

/// query_cpe (abi 3, 0x31).
enum class Query : std::uint8_t {
  kVersion,
  kArch,
  kAuthor,
  kSite,
  kAuthorHash,
  kMiniDiskSize,
  kEntryOffset,
  kPath,
  kSymbolCount,
};
class ProgramInfo {
 public:
  virtual ~ProgramInfo() = default;
  /// Text as it is, numbers as u32.
  virtual std::vector<std::uint8_t> value(Query query) const = 0;
};

}  // namespace cmos::syscalls

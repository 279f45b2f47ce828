// The host calls that change a file's content or name on the way to an atomic replacement, and
// those of a mini-disk's lock: one small table that tests replace to inject failures, and to kill
// the process at each of them.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace cmos::vfs {

/// As the system calls of the same names: -1 and errno on failure. The base class calls the host.
class HostOps {
 public:
  virtual ~HostOps() = default;
  virtual int open_at(int folder, const char* name, int flags, mode_t mode);
  virtual ssize_t read(int fd, void* out, std::size_t size);
  virtual ssize_t write(int fd, const void* data, std::size_t size);
  virtual int truncate(int fd, off_t size);
  virtual int sync(int fd);
  virtual int close(int fd);
  virtual int rename_at(int from_folder, const char* from, int to_folder, const char* to);
  virtual int unlink_at(int folder, const char* name);
  /// F_OFD_SETLK or F_OFD_SETLKW of the whole file.
  virtual int lock(int fd, bool wait);

  /// The host itself.
  static HostOps& host();
};

}  // namespace cmos::vfs

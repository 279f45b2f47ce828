#include "vfs/host_ops.h"

#include <fcntl.h>
#include <stdio.h>  // renameat
#include <unistd.h>

namespace cmos::vfs {

int HostOps::open_at(int folder, const char* name, int flags, mode_t mode) {
  return ::openat(folder, name, flags, mode);
}
ssize_t HostOps::read(int fd, void* out, std::size_t size) {
  return ::read(fd, out, size);
}
ssize_t HostOps::write(int fd, const void* data, std::size_t size) {
  return ::write(fd, data, size);
}
int HostOps::truncate(int fd, off_t size) {
  return ::ftruncate(fd, size);
}
int HostOps::sync(int fd) {
  return ::fsync(fd);
}
int HostOps::close(int fd) {
  return ::close(fd);
}
int HostOps::rename_at(int from_folder, const char* from, int to_folder, const char* to) {
  return ::renameat(from_folder, from, to_folder, to);
}
int HostOps::unlink_at(int folder, const char* name) {
  return ::unlinkat(folder, name, 0);
}
int HostOps::lock(int fd, bool wait) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &whole);
}

HostOps& HostOps::host() {
  static HostOps ops;
  return ops;
}

}  // namespace cmos::vfs

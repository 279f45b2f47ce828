/* Names relative to a directory: there are no descriptors of directories, so the directory is the current one, or the
 * name says from where. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system.h"

int renameat(int from_folder, const char* from, int to_folder, const char* to);

static int is_here(int folder, const char* path) {
  if (folder == AT_FDCWD || *path == '/' || strchr(path, ':') != NULL) return 1;
  errno = fcntl(folder, F_GETFD) < 0 ? EBADF : ENOTDIR;
  return 0;
}

int creat(const char* path, mode_t mode) {
  return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const int mode = (flags & O_CREAT) != 0 ? va_arg(arguments, int) : 0;
  va_end(arguments);
  return is_here(folder, path) ? open(path, flags, mode) : -1;
}
int fstatat(int folder, const char* __restrict path, struct stat* __restrict out, int flags) {
  (void)flags;
  return is_here(folder, path) ? stat(path, out) : -1;
}
int faccessat(int folder, const char* path, int mode, int flags) {
  (void)flags;
  return is_here(folder, path) ? access(path, mode) : -1;
}
int mkdirat(int folder, const char* path, mode_t mode) {
  return is_here(folder, path) ? mkdir(path, mode) : -1;
}
int unlinkat(int folder, const char* path, int flags) {
  if (!is_here(folder, path)) return -1;
  return (flags & AT_REMOVEDIR) != 0 ? rmdir(path) : unlink(path);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return is_here(from_folder, from) && is_here(to_folder, to) ? rename(from, to) : -1;
}
ssize_t readlinkat(int folder, const char* __restrict path, char* __restrict out, size_t size) {
  return is_here(folder, path) ? readlink(path, out, size) : -1;
}
int eaccess(const char* path, int mode) {
  return access(path, mode);
}
int euidaccess(const char* path, int mode) {
  return access(path, mode);
}

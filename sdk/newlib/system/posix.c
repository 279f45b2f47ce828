/* What programs of the POSIX world call and CalamOS has no counterpart for, so that they link:
 * owners, permissions, times and sizes of files cannot be changed. There are no symbolic links, and
 * one current directory. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "system.h"

int lstat(const char* path, struct stat* out) {
  return stat(path, out);
}

int chmod(const char* path, mode_t mode) {
  (void)path, (void)mode;
  return __cmos_errno(ENOSYS);
}
int fchmod(int file, mode_t mode) {
  (void)file, (void)mode;
  return __cmos_errno(ENOSYS);
}
int chown(const char* path, uid_t owner, gid_t group) {
  (void)path, (void)owner, (void)group;
  return __cmos_errno(ENOSYS);
}
int fchown(int file, uid_t owner, gid_t group) {
  (void)file, (void)owner, (void)group;
  return __cmos_errno(ENOSYS);
}
int utime(const char* path, const struct utimbuf* times) {
  (void)path, (void)times;
  return __cmos_errno(ENOSYS);
}
int access(const char* path, int mode) {
  struct stat found;
  if (stat(path, &found) != 0) return -1;
  if ((mode & W_OK) != 0 && (found.st_mode & 0222) == 0) return __cmos_errno(EACCES);
  return 0;
}

int truncate(const char* path, off_t size) {
  (void)path, (void)size;
  return __cmos_errno(ENOSYS);
}
int ftruncate(int file, off_t size) {
  (void)file, (void)size;
  return __cmos_errno(ENOSYS);
}
int symlink(const char* target, const char* path) {
  (void)target, (void)path;
  return __cmos_errno(ENOSYS);
}
ssize_t readlink(const char* path, char* out, size_t size) {
  struct stat found;
  (void)out, (void)size;
  return stat(path, &found) != 0 ? -1 : __cmos_errno(EINVAL); /* nothing is a link */
}
int dup(int file) {
  (void)file;
  return __cmos_errno(ENOSYS);
}
int dup2(int file, int wanted) {
  (void)file, (void)wanted;
  return __cmos_errno(ENOSYS);
}
int pipe(int files[2]) {
  (void)files;
  return __cmos_errno(ENOSYS);
}
int chdir(const char* path) {
  (void)path;
  return __cmos_errno(ENOSYS);
}

/* Where a path without "Cmos:" begins (abi 5). */
char* getcwd(char* out, size_t size) {
  static const char folder[] = "Cmos:\\data";
  if (out == NULL) return strdup(folder);
  if (size < sizeof folder) {
    __cmos_errno(ERANGE);
    return NULL;
  }
  return memcpy(out, folder, sizeof folder);
}

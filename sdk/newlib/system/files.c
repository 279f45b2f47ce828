/* Open files: 0 to 2 are the console, the others are the kernel's handles. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "cmos.h"
#include "console.h"
#include "system.h"

#undef errno
extern int errno;

int _open(const char* path, int flags, int mode);
int _close(int file);
int _read(int file, void* buffer, size_t size);
int _write(int file, const void* data, size_t size);
off_t _lseek(int file, off_t offset, int whence);
int _fstat(int file, struct stat* out);
int _stat(const char* path, struct stat* out);
int _isatty(int file);
int _link(const char* from, const char* to);
int _unlink(const char* path);
int _rename(const char* from, const char* to);
int _mkdir(const char* path, mode_t mode);

#define LONGEST_PATH 4096
/* Results are int: one transfer is not longer than one can say. */
#define LONGEST_TRANSFER 0x40000000u

/* A path in CalamOS's spelling. '/' is no legal character there, so programs of the POSIX world may
 * go on using it: it separates, and at the start it stands for the root. Returns the length, or -1
 * with errno set. */
static ssize_t translate(const char* path, char* out) {
  size_t length = 0;
  if (*path == '/') {
    memcpy(out, "Cmos:", 5);
    length = 5;
  }
  for (; *path != 0; ++path) {
    if (length == LONGEST_PATH) {
      errno = ENAMETOOLONG;
      return -1;
    }
    out[length++] = *path == '/' ? '\\' : *path;
  }
  return (ssize_t)length;
}

int _open(const char* path, int flags, int mode) {
  char name[LONGEST_PATH];
  const ssize_t length = translate(path, name);
  const int access = flags & O_ACCMODE;
  unsigned wanted = access == O_RDONLY   ? CMOS_OPEN_READ
                    : access == O_WRONLY ? CMOS_OPEN_WRITE
                                         : CMOS_OPEN_READ | CMOS_OPEN_WRITE;
  (void)mode; /* CalamOS has no permissions of files */
  if (length < 0) return -1;
  if (flags & O_CREAT) wanted |= CMOS_OPEN_CREATE;
  if (flags & O_TRUNC) wanted |= CMOS_OPEN_TRUNCATE;
  if (flags & O_APPEND) wanted |= CMOS_OPEN_APPEND;
  if (flags & O_EXCL) wanted |= CMOS_OPEN_EXCLUSIVE;
  return (int)__cmos_result(cmos_open(name, (size_t)length, wanted));
}

int _close(int file) {
  if (file >= 0 && file < CMOS_FIRST_HANDLE) return 0;
  return (int)__cmos_result(cmos_close(file));
}

int _read(int file, void* buffer, size_t size) {
  if (size > LONGEST_TRANSFER) size = LONGEST_TRANSFER;
  if (file == 0) return (int)__cmos_console_read(buffer, size);
  if (file > 0 && file < CMOS_FIRST_HANDLE) return __cmos_fail(CPE_ERROR_BAD_HANDLE);
  return (int)__cmos_result(cmos_read(file, buffer, size));
}

int _write(int file, const void* data, size_t size) {
  if (size > LONGEST_TRANSFER) size = LONGEST_TRANSFER;
  if (file == 1 || file == 2) return (int)__cmos_console_write(data, size);
  if (file == 0) return __cmos_fail(CPE_ERROR_BAD_HANDLE);
  return (int)__cmos_result(cmos_write(file, data, size));
}

off_t _lseek(int file, off_t offset, int whence) {
  if (file >= 0 && file < CMOS_FIRST_HANDLE) {
    errno = ESPIPE;
    return -1;
  }
  /* SEEK_SET, SEEK_CUR and SEEK_END have the kernel's numbers: 0, 1, 2. */
  return (off_t)__cmos_result(cmos_seek(file, offset, (unsigned)whence));
}

/* There is no call for an open file: its size is where its end is. */
int _fstat(int file, struct stat* out) {
  intptr_t here, end;
  memset(out, 0, sizeof *out);
  out->st_nlink = 1;
  if (file >= 0 && file < CMOS_FIRST_HANDLE) {
    out->st_mode = S_IFCHR | 0666;
    return 0;
  }
  here = cmos_seek(file, 0, CMOS_SEEK_CURRENT);
  if (cmos_is_error(here)) return __cmos_fail(here);
  end = cmos_seek(file, 0, CMOS_SEEK_END);
  if (cmos_is_error(end)) return __cmos_fail(end);
  cmos_seek(file, here, CMOS_SEEK_START);
  out->st_mode = S_IFREG | 0666;
  out->st_size = end;
  return 0;
}

int _stat(const char* path, struct stat* out) {
  char name[LONGEST_PATH];
  const ssize_t length = translate(path, name);
  struct cmos_stat found;
  intptr_t result;
  if (length < 0) return -1;
  result = cmos_stat(name, (size_t)length, &found);
  if (cmos_is_error(result)) return __cmos_fail(result);
  memset(out, 0, sizeof *out);
  out->st_nlink = 1;
  out->st_mode = found.kind == CMOS_KIND_DIRECTORY ? S_IFDIR | 0777
                 : found.kind == CMOS_KIND_PROGRAM ? S_IFREG | 0777
                                                   : S_IFREG | 0666;
  if (found.flags & CMOS_STAT_READ_ONLY) out->st_mode &= ~(mode_t)0222;
  out->st_size = (off_t)found.size;
  out->st_mtime = out->st_atime = out->st_ctime = (time_t)(found.modified / 1000000000);
  return 0;
}

int _isatty(int file) {
  if (file >= 0 && file < CMOS_FIRST_HANDLE && cmos_console_is_terminal) return 1;
  errno = ENOTTY;
  return 0;
}

int _link(const char* from, const char* to) {
  (void)from, (void)to;
  errno = ENOSYS;
  return -1;
}

int _unlink(const char* path) {
  char name[LONGEST_PATH];
  const ssize_t length = translate(path, name);
  return length < 0 ? -1 : (int)__cmos_result(cmos_remove(name, (size_t)length));
}

int rmdir(const char* path) {
  return _unlink(path);
}

int _rename(const char* from, const char* to) {
  char from_name[LONGEST_PATH], to_name[LONGEST_PATH];
  const ssize_t from_length = translate(from, from_name);
  const ssize_t to_length = translate(to, to_name);
  const struct cmos_pair pair = {from_name, (uintptr_t)from_length, to_name, (uintptr_t)to_length};
  if (from_length < 0 || to_length < 0) return -1;
  return (int)__cmos_result(cmos_rename(&pair));
}

int _mkdir(const char* path, mode_t mode) {
  char name[LONGEST_PATH];
  const ssize_t length = translate(path, name);
  (void)mode;
  return length < 0 ? -1 : (int)__cmos_result(cmos_mkdir(name, (size_t)length));
}

int mkdir(const char* path, mode_t mode) {
  return _mkdir(path, mode);
}

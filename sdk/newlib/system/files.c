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

int _open(const char* path, int flags, int mode);
int _close(int file);
int _read(int file, void* buffer, size_t size);
int _write(int file, const void* data, size_t size);
off_t _lseek(int file, off_t offset, int whence);
int _fstat(int file, struct stat* out);
int _stat(const char* path, struct stat* out);
int _isatty(int file);

/* Results are int: one transfer is not longer than one can say. */
#define LONGEST_TRANSFER 0x40000000u
#define BLOCK 4096

static int is_console(int file) {
  return file >= 0 && file < CMOS_FIRST_HANDLE;
}

/* POSIX has another word for a handle that is not open for this. */
static int transferred(intptr_t result) {
  return (int)__cmos_result(result == CPE_ERROR_ACCESS ? CPE_ERROR_BAD_HANDLE : result);
}

int _open(const char* path, int flags, int mode) {
  struct __cmos_path name;
  const int access = flags & O_ACCMODE;
  unsigned wanted = access == O_RDONLY   ? CMOS_OPEN_READ
                    : access == O_WRONLY ? CMOS_OPEN_WRITE
                                         : CMOS_OPEN_READ | CMOS_OPEN_WRITE;
  (void)mode; /* CalamOS has no permissions of files */
  if (__cmos_translate(path, &name) != 0) return -1;
  if (flags & O_CREAT) wanted |= CMOS_OPEN_CREATE;
  if (flags & O_TRUNC) wanted |= CMOS_OPEN_TRUNCATE;
  if (flags & O_APPEND) wanted |= CMOS_OPEN_APPEND;
  if (flags & O_EXCL) wanted |= CMOS_OPEN_EXCLUSIVE;
  return (int)__cmos_result(cmos_open(name.name, name.length, wanted));
}

int _close(int file) {
  if (is_console(file)) return 0;
  return (int)__cmos_result(cmos_close(file));
}

int _read(int file, void* buffer, size_t size) {
  if (size > LONGEST_TRANSFER) size = LONGEST_TRANSFER;
  if (file == 0) return (int)__cmos_console_read(buffer, size);
  if (is_console(file)) return __cmos_errno(EBADF);
  return transferred(cmos_read(file, buffer, size));
}

int _write(int file, const void* data, size_t size) {
  if (size > LONGEST_TRANSFER) size = LONGEST_TRANSFER;
  if (file == 1) return (int)__cmos_console_write(data, size);
  if (file == 2) return (int)__cmos_console_write_error(data, size);
  if (file == 0) return __cmos_errno(EBADF);
  return transferred(cmos_write(file, data, size));
}

off_t _lseek(int file, off_t offset, int whence) {
  if (is_console(file)) return __cmos_errno(ESPIPE);
  /* SEEK_SET, SEEK_CUR and SEEK_END have the kernel's numbers: 0, 1, 2. */
  return (off_t)__cmos_result(cmos_seek(file, offset, (unsigned)whence));
}

/* There is no call for an open file: its size is where its end is, and what cannot be sought is a
 * directory. */
int _fstat(int file, struct stat* out) {
  intptr_t here, end;
  memset(out, 0, sizeof *out);
  out->st_nlink = 1;
  out->st_blksize = BLOCK;
  if (is_console(file)) {
    out->st_mode = S_IFCHR | 0666;
    return 0;
  }
  here = cmos_seek(file, 0, CMOS_SEEK_CURRENT);
  if (here == CPE_ERROR_IS_DIRECTORY) {
    out->st_mode = S_IFDIR | 0777;
    return 0;
  }
  if (cmos_is_error(here)) return __cmos_fail(here);
  end = cmos_seek(file, 0, CMOS_SEEK_END);
  if (cmos_is_error(end)) return __cmos_fail(end);
  cmos_seek(file, here, CMOS_SEEK_START);
  out->st_mode = S_IFREG | 0666;
  out->st_size = end;
  return 0;
}

int _stat(const char* path, struct stat* out) {
  struct __cmos_path name;
  struct cmos_stat found;
  intptr_t result;
  if (__cmos_translate(path, &name) != 0) return -1;
  result = cmos_stat(name.name, name.length, &found);
  if (cmos_is_error(result)) return __cmos_fail(result);
  memset(out, 0, sizeof *out);
  out->st_nlink = 1;
  out->st_blksize = BLOCK;
  out->st_mode = found.kind == CMOS_KIND_DIRECTORY ? S_IFDIR | 0777
                 : found.kind == CMOS_KIND_PROGRAM ? S_IFREG | 0777
                                                   : S_IFREG | 0666;
  if (found.flags & CMOS_STAT_READ_ONLY) out->st_mode &= ~(mode_t)0222;
  out->st_size = (off_t)found.size;
  if (out->st_size < 0 || (uint64_t)out->st_size != found.size) return __cmos_errno(EOVERFLOW);
  out->st_mtime = out->st_atime = out->st_ctime = (time_t)(found.modified / 1000000000);
  return 0;
}

int _isatty(int file) {
  if (is_console(file) && cmos_console_is_terminal) return 1;
  __cmos_errno(ENOTTY);
  return 0;
}

/* What programs of the POSIX world call and CalamOS has no counterpart for, so that they link:
 * owners, permissions and times of files cannot be changed. There are no symbolic links. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

static int no_such_call(void) {
  errno = ENOSYS;
  return -1;
}

int lstat(const char* path, struct stat* out) {
  return stat(path, out);
}

int chmod(const char* path, mode_t mode) {
  (void)path, (void)mode;
  return no_such_call();
}
int fchmod(int file, mode_t mode) {
  (void)file, (void)mode;
  return no_such_call();
}
int chown(const char* path, uid_t owner, gid_t group) {
  (void)path, (void)owner, (void)group;
  return no_such_call();
}
int fchown(int file, uid_t owner, gid_t group) {
  (void)file, (void)owner, (void)group;
  return no_such_call();
}
int utime(const char* path, const struct utimbuf* times) {
  (void)path, (void)times;
  return no_such_call();
}
int access(const char* path, int mode) {
  struct stat found;
  if (stat(path, &found) != 0) return -1;
  if ((mode & W_OK) != 0 && (found.st_mode & 0222) == 0) {
    errno = EACCES;
    return -1;
  }
  return 0;
}

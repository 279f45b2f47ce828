/* Names of files and directories: made, changed and removed. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmos.h"
#include "system.h"

struct _reent;
int _link(const char* from, const char* to);
int _unlink(const char* path);
int _rename(const char* from, const char* to);
int _remove_r(struct _reent* reent, const char* path);

int _link(const char* from, const char* to) {
  (void)from, (void)to;
  return __cmos_errno(ENOSYS);
}

enum what { EITHER, FILE_ONLY, DIRECTORY_ONLY };

/* The kernel's call removes both kinds; POSIX has a function for each. */
static int remove_one(const char* path, enum what what) {
  struct __cmos_path name;
  struct cmos_stat found;
  intptr_t result = 0;
  if (__cmos_translate(path, &name) != 0) return -1;
  if (what != EITHER) {
    result = cmos_stat(name.name, name.length, &found);
    if (cmos_is_error(result)) return __cmos_fail(result);
    if (what == FILE_ONLY && found.kind == CMOS_KIND_DIRECTORY) return __cmos_errno(EISDIR);
    if (what == DIRECTORY_ONLY && found.kind != CMOS_KIND_DIRECTORY) return __cmos_errno(ENOTDIR);
  }
  return (int)__cmos_result(cmos_remove(name.name, name.length));
}

int _unlink(const char* path) {
  return remove_one(path, FILE_ONLY);
}

int rmdir(const char* path) {
  return remove_one(path, DIRECTORY_ONLY);
}

/* newlib's own know files alone; these are found first. */
int remove(const char* path) {
  return remove_one(path, EITHER);
}

int _remove_r(struct _reent* reent, const char* path) {
  (void)reent;
  return remove_one(path, EITHER);
}

int _rename(const char* from, const char* to) {
  struct __cmos_path old_name, new_name;
  struct cmos_pair pair;
  if (__cmos_translate(from, &old_name) != 0 || __cmos_translate(to, &new_name) != 0) return -1;
  pair.from = old_name.name;
  pair.from_length = old_name.length;
  pair.to = new_name.name;
  pair.to_length = new_name.length;
  return (int)__cmos_result(cmos_rename(&pair));
}

int mkdir(const char* path, mode_t mode) {
  struct __cmos_path name;
  (void)mode;
  if (__cmos_translate(path, &name) != 0) return -1;
  return (int)__cmos_result(cmos_mkdir(name.name, name.length));
}

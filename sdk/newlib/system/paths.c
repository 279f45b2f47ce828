#include <errno.h>
#include <string.h>

#include "system.h"

int __cmos_translate(const char* path, struct __cmos_path* out) {
  out->length = 0;
  if (*path == 0) return __cmos_errno(ENOENT);
  if (*path == '/') {
    memcpy(out->name, "Cmos:", 5);
    out->length = 5;
  }
  for (; *path != 0; ++path) {
    if (out->length == sizeof out->name) return __cmos_errno(ENAMETOOLONG);
    out->name[out->length++] = *path == '/' ? '\\' : *path;
  }
  return 0;
}

#include <errno.h>

#include "cmos.h"
#include "system.h"

#undef errno
extern int errno;

static int errno_of(intptr_t result) {
  switch (result) {
    case CPE_ERROR_INVALID:
      return EINVAL;
    case CPE_ERROR_NOSYS:
      return ENOSYS;
    case CPE_ERROR_FAULT:
      return EFAULT;
    case CPE_ERROR_NOT_FOUND:
      return ENOENT;
    case CPE_ERROR_EXISTS:
      return EEXIST;
    case CPE_ERROR_ACCESS:
      return EACCES;
    case CPE_ERROR_NOT_DIRECTORY:
      return ENOTDIR;
    case CPE_ERROR_IS_DIRECTORY:
      return EISDIR;
    case CPE_ERROR_NOT_EMPTY:
      return ENOTEMPTY;
    case CPE_ERROR_BAD_HANDLE:
      return EBADF;
    case CPE_ERROR_TOO_MANY:
      return EMFILE;
    case CPE_ERROR_NO_SPACE:
      return ENOSPC;
    case CPE_ERROR_NO_MEMORY:
      return ENOMEM;
    case CPE_ERROR_BAD_EXECUTABLE:
      return ENOEXEC;
    case CPE_ERROR_MINIDISK_BUSY:
      return EBUSY;
    case CPE_ERROR_MINIDISK_CLOSED:
      return ENODEV;
    case CPE_ERROR_CHILD_FAULT:
      return ECHILD;
    default:
      return EIO;
  }
}

int __cmos_fail(intptr_t result) {
  /* newlib's reentrant wrappers read this one and store it in the program's errno. */
  errno = errno_of(result);
  return -1;
}

intptr_t __cmos_result(intptr_t result) {
  return cmos_is_error(result) ? __cmos_fail(result) : result;
}

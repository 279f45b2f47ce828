#include <errno.h>

#include "cmos.h"
#include "system.h"

/* By -result (abi 2). A test compares the rows with cmos_abi.h. */
static const unsigned char numbers[] = {
    [-CPE_ERROR_INVALID] = EINVAL,         [-CPE_ERROR_NOSYS] = ENOSYS,
    [-CPE_ERROR_FAULT] = EFAULT,           [-CPE_ERROR_NOT_FOUND] = ENOENT,
    [-CPE_ERROR_EXISTS] = EEXIST,          [-CPE_ERROR_ACCESS] = EACCES,
    [-CPE_ERROR_NOT_DIRECTORY] = ENOTDIR,  [-CPE_ERROR_IS_DIRECTORY] = EISDIR,
    [-CPE_ERROR_NOT_EMPTY] = ENOTEMPTY,    [-CPE_ERROR_BAD_HANDLE] = EBADF,
    [-CPE_ERROR_TOO_MANY] = EMFILE,        [-CPE_ERROR_NO_SPACE] = ENOSPC,
    [-CPE_ERROR_NO_MEMORY] = ENOMEM,       [-CPE_ERROR_IO] = EIO,
    [-CPE_ERROR_BAD_EXECUTABLE] = ENOEXEC, [-CPE_ERROR_MINIDISK_BUSY] = EBUSY,
    [-CPE_ERROR_MINIDISK_CLOSED] = ENODEV, [-CPE_ERROR_CHILD_FAULT] = ECHILD,
};

/* newlib's reentrant wrappers read a variable of this name and store it in the program's errno,
 * which is another object: functions that have no wrapper store it there themselves. */
static int* program_errno(void) {
  return &errno;
}
#undef errno
extern int errno;

int __cmos_errno(int number) {
  errno = number;
  *program_errno() = number;
  return -1;
}

int __cmos_fail(intptr_t result) {
  const uintptr_t row = 0 - (uintptr_t)result;
  const int known = row < sizeof numbers / sizeof *numbers && numbers[row] != 0;
  return __cmos_errno(known ? numbers[row] : EIO);
}

intptr_t __cmos_result(intptr_t result) {
  return cmos_is_error(result) ? __cmos_fail(result) : result;
}

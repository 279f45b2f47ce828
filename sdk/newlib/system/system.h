/* The system layer under newlib: the functions with reserved names (_read, _write, ...) on the
 * calls of abi 3. newlib's own read(), write() ... are thin wrappers around them. */
#ifndef CMOS_NEWLIB_SYSTEM_H
#define CMOS_NEWLIB_SYSTEM_H

#include <stdint.h>
#include <sys/types.h>

/* Sets errno and returns -1. */
int __cmos_errno(int number);
/* Sets errno for a failed call (CPE_ERROR_*) and returns -1. */
int __cmos_fail(intptr_t result);
/* `result` as a C function returns it: itself, or -1 with errno set. */
intptr_t __cmos_result(intptr_t result);

/* argv[0] of main(). */
extern const char* __cmos_program;

/* A path in CalamOS's spelling. */
struct __cmos_path {
  size_t length;
  char name[4096];
};

/* '/' is no legal character there, so programs of the POSIX world may go on using it: it separates,
 * and at the start it stands for the root. 0, or -1 with errno set. */
int __cmos_translate(const char* path, struct __cmos_path* out);

/* Files 0, 1 and 2 are CalamOS's keyboard and display, which are calls of their own, not handles.
 */
#define CMOS_FIRST_HANDLE 3

#endif

/* The system layer under newlib: the functions with reserved names (_read, _write, ...) on the
 * calls of abi 3. newlib's own read(), write() ... are thin wrappers around them. */
#ifndef CMOS_NEWLIB_SYSTEM_H
#define CMOS_NEWLIB_SYSTEM_H

#include <stdint.h>

/* Sets errno for a failed call and returns -1. */
int __cmos_fail(intptr_t result);
/* `result` as a C function returns it: itself, or -1 with errno set. */
intptr_t __cmos_result(intptr_t result);

/* Files 0, 1 and 2 are CalamOS's keyboard and display, which are calls of their own, not handles.
 */
#define CMOS_FIRST_HANDLE 3

#endif

/* Keyboard and display as the files 0, 1 and 2. */
#ifndef CMOS_NEWLIB_CONSOLE_H
#define CMOS_NEWLIB_CONSOLE_H

#include <stddef.h>
#include <sys/types.h>

ssize_t __cmos_console_read(void* buffer, size_t size);
ssize_t __cmos_console_write(const void* data, size_t size);
ssize_t __cmos_console_write_error(const void* data, size_t size);

/* What isatty(0), isatty(1) and isatty(2) answer. CalamOS cannot tell whether it shows our output
 * to a person, so the answer is 0: with it, filters work, and prompts still appear (see
 * __cmos_console_read). A program that is only ever used by people may define this variable itself,
 * as 1. */
extern const int cmos_console_is_terminal;

#endif

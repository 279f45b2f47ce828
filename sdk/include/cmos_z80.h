/* CalamOS' calls, and CP/M's, for C programs of the Z80 by sdcc (docs/c-programs.md, Z80).
 *
 * cmos_syscall is in libcmos.a, bdos in libcpm.a. Results are those of the call: a failed one returns a
 * CPE_ERROR_* value. Texts and paths are pointer + length, and need no 0 at the end. */
#ifndef CMOS_Z80_H
#define CMOS_Z80_H

#include <string.h>

#include "cmos_abi.h"

/* Any call; what it does not have is 0. Pointers are numbers. */
int cmos_syscall(unsigned number, unsigned a, unsigned b, unsigned c) __sdcccall(0);

/* Any call of the BDOS; its result is hl, of which l is the byte that most calls return. */
int bdos(unsigned function, unsigned argument) __sdcccall(0);

/* Ends the program, also behind main; sdcc's own headers do not declare it. */
void exit(int status);

#define CMOS_CALL_(name, a, b, c) cmos_syscall(CMOS_SYS_##name, (unsigned)(a), (unsigned)(b), (unsigned)(c))

#define cmos_exit(code) CMOS_CALL_(exit, code, 0, 0)
#define cmos_stdout(text, length, colour) CMOS_CALL_(stdout, text, length, colour)
#define cmos_print(text) cmos_stdout(text, strlen(text), 0)
#define cmos_stdin(style) CMOS_CALL_(stdin, style, 0, 0)
#define cmos_open(path, length, flags) CMOS_CALL_(open, path, length, flags)
#define cmos_close(handle) CMOS_CALL_(close, handle, 0, 0)
#define cmos_read(handle, buffer, length) CMOS_CALL_(read, handle, buffer, length)
#define cmos_write(handle, buffer, length) CMOS_CALL_(write, handle, buffer, length)
#define cmos_seek(handle, offset, whence) CMOS_CALL_(seek, handle, offset, whence)
#define cmos_stat(path, length, out) CMOS_CALL_(stat, path, length, out)
#define cmos_list(handle, buffer, length) CMOS_CALL_(list, handle, buffer, length)
#define cmos_mkdir(path, length) CMOS_CALL_(mkdir, path, length, 0)
#define cmos_remove(path, length) CMOS_CALL_(remove, path, length, 0)
#define cmos_grow(bytes) CMOS_CALL_(grow, bytes, 0, 0)
#define cmos_random(buffer, length) CMOS_CALL_(random, buffer, length, 0)

#endif

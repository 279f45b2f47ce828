/* Messages of programs of the BSD world: the program's name, what it says, and what errno means. */
#ifndef CMOS_ERR_H
#define CMOS_ERR_H

#include <stdarg.h>

#define _CMOS_FORMAT(format, arguments) __attribute__((__format__(__printf__, format, arguments)))

#ifdef __cplusplus
extern "C" {
#endif
void err(int status, const char* format, ...) __attribute__((__noreturn__)) _CMOS_FORMAT(2, 3);
void errx(int status, const char* format, ...) __attribute__((__noreturn__)) _CMOS_FORMAT(2, 3);
void warn(const char* format, ...) _CMOS_FORMAT(1, 2);
void warnx(const char* format, ...) _CMOS_FORMAT(1, 2);
void verr(int status, const char* format, va_list arguments) __attribute__((__noreturn__)) _CMOS_FORMAT(2, 0);
void verrx(int status, const char* format, va_list arguments) __attribute__((__noreturn__)) _CMOS_FORMAT(2, 0);
void vwarn(const char* format, va_list arguments) _CMOS_FORMAT(1, 0);
void vwarnx(const char* format, va_list arguments) _CMOS_FORMAT(1, 0);
/* The name that the program was started by, without its folder. */
const char* getprogname(void);
#ifdef __cplusplus
}
#endif

#endif

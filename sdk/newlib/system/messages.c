/* err(), warn() and their kin, and the name they begin with. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"

const char* getprogname(void) {
  const char* name = __cmos_program;
  for (const char* at = name; *at != 0; ++at) {
    if (*at == '\\' || *at == '/') name = at + 1;
  }
  return name;
}

static void say(const char* format, va_list arguments, const char* why) {
  fflush(stdout);
  fprintf(stderr, "%s: ", getprogname());
  if (format != NULL) vfprintf(stderr, format, arguments);
  if (format != NULL && why != NULL) fputs(": ", stderr);
  fprintf(stderr, "%s\n", why != NULL ? why : "");
}

void vwarn(const char* format, va_list arguments) {
  say(format, arguments, strerror(errno));
}
void vwarnx(const char* format, va_list arguments) {
  say(format, arguments, NULL);
}
void verr(int status, const char* format, va_list arguments) {
  vwarn(format, arguments);
  exit(status);
}
void verrx(int status, const char* format, va_list arguments) {
  vwarnx(format, arguments);
  exit(status);
}

#define WITH_ARGUMENTS(call)   \
  va_list arguments;           \
  va_start(arguments, format); \
  call;                        \
  va_end(arguments)

void warn(const char* format, ...) {
  WITH_ARGUMENTS(vwarn(format, arguments));
}
void warnx(const char* format, ...) {
  WITH_ARGUMENTS(vwarnx(format, arguments));
}
void err(int status, const char* format, ...) {
  WITH_ARGUMENTS(vwarn(format, arguments));
  exit(status);
}
void errx(int status, const char* format, ...) {
  WITH_ARGUMENTS(vwarnx(format, arguments));
  exit(status);
}

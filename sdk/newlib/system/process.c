/* The one process that a program can know of, and its clocks. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include "cmos.h"
#include "system.h"

#undef errno
extern int errno;

#define THE_PROCESS 1
#define NANOSECONDS 1000000000

void _exit(int status) __attribute__((noreturn));
int _getpid(void);
int _kill(int process, int signal);
int _fork(void);
int _wait(int* status);
int _execve(const char* path, char* const* arguments, char* const* environment);
int _gettimeofday(struct timeval* out, void* zone);
clock_t _times(struct tms* out);
int getentropy(void* buffer, size_t size);

void _exit(int status) {
  cmos_exit(status);
}

int _getpid(void) {
  return THE_PROCESS;
}

/* raise() ends here when the program handles the signal in no way, abort() among others: the exit
 * status says which signal it was, as a POSIX shell would. */
int _kill(int process, int signal) {
  if (process != THE_PROCESS && process != 0) {
    errno = ESRCH;
    return -1;
  }
  if (signal != 0) cmos_exit(128 + signal);
  return 0;
}

static int no_such_call(void) {
  errno = ENOSYS;
  return -1;
}
int _fork(void) {
  return no_such_call();
}
int _wait(int* status) {
  (void)status;
  return no_such_call();
}
int _execve(const char* path, char* const* arguments, char* const* environment) {
  (void)path, (void)arguments, (void)environment;
  return no_such_call();
}

int _gettimeofday(struct timeval* out, void* zone) {
  int64_t now;
  const intptr_t result = cmos_clock(CMOS_CLOCK_UTC, &now);
  (void)zone;
  if (cmos_is_error(result)) return __cmos_fail(result);
  out->tv_sec = (time_t)(now / NANOSECONDS);
  out->tv_usec = (suseconds_t)(now % NANOSECONDS / 1000);
  return 0;
}

/* The kernel does not count a program's own CPU time: the time since the program first asked stands
 * for it. */
clock_t _times(struct tms* out) {
  static int64_t first;
  int64_t now;
  const intptr_t result = cmos_clock(CMOS_CLOCK_MONOTONIC, &now);
  if (cmos_is_error(result)) return (clock_t)__cmos_fail(result);
  if (first == 0) first = now;
  out->tms_utime = (clock_t)((now - first) / (NANOSECONDS / CLOCKS_PER_SEC));
  out->tms_stime = out->tms_cutime = out->tms_cstime = 0;
  return out->tms_utime;
}

/* arc4random() draws on it. */
int getentropy(void* buffer, size_t size) {
  const intptr_t result = cmos_random(buffer, size);
  return cmos_is_error(result) ? __cmos_fail(result) : 0;
}

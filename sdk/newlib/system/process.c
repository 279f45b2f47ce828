/* The one process that a program can know of. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "cmos.h"
#include "system.h"

#define THE_PROCESS 1

void _exit(int status) __attribute__((noreturn));
int _getpid(void);
int _kill(int process, int signal);
int _fork(void);
int _wait(int* status);
int _execve(const char* path, char* const* arguments, char* const* environment);
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
  if (process != THE_PROCESS && process != 0) return __cmos_errno(ESRCH);
  if (signal != 0) cmos_exit(128 + signal);
  return 0;
}

int _fork(void) {
  return __cmos_errno(ENOSYS);
}
int _wait(int* status) {
  (void)status;
  return __cmos_errno(ENOSYS);
}
int _execve(const char* path, char* const* arguments, char* const* environment) {
  (void)path, (void)arguments, (void)environment;
  return __cmos_errno(ENOSYS);
}

/* arc4random() draws on it. */
int getentropy(void* buffer, size_t size) {
  const intptr_t result = cmos_random(buffer, size);
  return cmos_is_error(result) ? __cmos_fail(result) : 0;
}

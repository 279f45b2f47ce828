/* Sets of signals as functions; <signal.h> has macros of the same names. */
#include <errno.h>
#include <signal.h>

#include "system.h"

#undef sigaddset
#undef sigdelset
#undef sigemptyset
#undef sigfillset
#undef sigismember

static sigset_t bit_of(int number) {
  return (sigset_t)1 << number;
}
static int is_signal(int number) {
  return number > 0 && number < NSIG;
}

int sigaddset(sigset_t* set, const int number) {
  if (!is_signal(number)) return __cmos_errno(EINVAL);
  *set |= bit_of(number);
  return 0;
}
int sigdelset(sigset_t* set, const int number) {
  if (!is_signal(number)) return __cmos_errno(EINVAL);
  *set &= ~bit_of(number);
  return 0;
}
int sigismember(const sigset_t* set, int number) {
  if (!is_signal(number)) return __cmos_errno(EINVAL);
  return (*set & bit_of(number)) != 0;
}
int sigfillset(sigset_t* set) {
  *set = ~(sigset_t)0;
  return 0;
}
int sigemptyset(sigset_t* set) {
  *set = 0;
  return 0;
}
int pthread_sigmask(int how, const sigset_t* set, sigset_t* before) {
  return sigprocmask(how, set, before) == 0 ? 0 : errno;
}
/* The group of a process is the process. */
int killpg(pid_t group, int number) {
  return kill(group, number);
}

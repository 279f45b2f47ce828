/* The kernel's two clocks under the names of C and POSIX. */
#include <errno.h>
#include <stddef.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "cmos.h"
#include "system.h"

#define NANOSECONDS 1000000000

int _gettimeofday(struct timeval* out, void* zone);
clock_t _times(struct tms* out);

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

int clock_gettime(clockid_t id, struct timespec* out) {
  int64_t now;
  intptr_t result;
  if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC) return __cmos_errno(EINVAL);
  result = cmos_clock(id == CLOCK_REALTIME ? CMOS_CLOCK_UTC : CMOS_CLOCK_MONOTONIC, &now);
  if (cmos_is_error(result)) return __cmos_fail(result);
  out->tv_sec = (time_t)(now / NANOSECONDS);
  out->tv_nsec = (long)(now % NANOSECONDS);
  return 0;
}

int clock_getres(clockid_t id, struct timespec* out) {
  if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC) return __cmos_errno(EINVAL);
  if (out != NULL) {
    out->tv_sec = 0;
    out->tv_nsec = 1;
  }
  return 0;
}

/* There is no call that sleeps: the program looks at the clock until it is time. */
int nanosleep(const struct timespec* wanted, struct timespec* left) {
  int64_t now, end;
  intptr_t result;
  if (wanted->tv_sec < 0 || wanted->tv_nsec < 0 || wanted->tv_nsec >= NANOSECONDS)
    return __cmos_errno(EINVAL);
  result = cmos_clock(CMOS_CLOCK_MONOTONIC, &now);
  end = now + (int64_t)wanted->tv_sec * NANOSECONDS + wanted->tv_nsec;
  while (!cmos_is_error(result) && now < end) result = cmos_clock(CMOS_CLOCK_MONOTONIC, &now);
  if (left != NULL) left->tv_sec = left->tv_nsec = 0;
  return (int)__cmos_result(result);
}

unsigned sleep(unsigned seconds) {
  const struct timespec wanted = {(time_t)seconds, 0};
  return nanosleep(&wanted, NULL) == 0 ? 0 : seconds;
}

int usleep(useconds_t microseconds) {
  const struct timespec wanted = {(time_t)(microseconds / 1000000),
                                  (long)(microseconds % 1000000 * 1000)};
  return nanosleep(&wanted, NULL);
}

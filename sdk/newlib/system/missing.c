/* Functions that newlib's headers declare and newlib does not have. What CalamOS has no means for
 * fails with ENOSYS; who a process belongs to has one answer, since there is one user. */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "system.h"

extern char** environ;

/* ---- memory -------------------------------------------------------------------------------- */

int posix_memalign(void** out, size_t alignment, size_t size) {
  if (alignment < sizeof(void*) || (alignment & (alignment - 1)) != 0) return EINVAL;
  const int before = errno;
  void* found = memalign(alignment, size);
  errno = before;
  if (found == NULL && size != 0) return ENOMEM;
  *out = found;
  return 0;
}

int getpagesize(void) {
  return 4096;
}

/* ---- files --------------------------------------------------------------------------------- */

/* There is no call that reads elsewhere than at the position: it is set, and set back. */
static ssize_t at_offset(int file, off_t offset, void* in, const void* out, size_t size) {
  const off_t before = lseek(file, 0, SEEK_CUR);
  if (before < 0 || lseek(file, offset, SEEK_SET) < 0) return -1;
  const ssize_t done = in != NULL ? read(file, in, size) : write(file, out, size);
  const int error = errno;
  if (lseek(file, before, SEEK_SET) < 0) return -1;
  errno = error;
  return done;
}
ssize_t pread(int file, void* out, size_t size, off_t offset) {
  return at_offset(file, offset, out, NULL, size);
}
ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  return at_offset(file, offset, NULL, data, size);
}

/* What was written is with the system already. */
int fsync(int file) {
  struct stat found;
  return fstat(file, &found);
}
int fdatasync(int file) {
  return fsync(file);
}
void sync(void) {}

char* realpath(const char* path, char* out) {
  struct stat found;
  if (path == NULL || *path == '\0') return errno = path == NULL ? EINVAL : ENOENT, NULL;
  if (stat(path, &found) != 0) return NULL;
  char whole[PATH_MAX];
  const char* colon = strchr(path, ':');
  if (*path == '/' || *path == '\\' || colon != NULL) {
    if (strlen(path) >= sizeof whole) return errno = ENAMETOOLONG, NULL;
    strcpy(whole, path);
  } else {
    if (getcwd(whole, sizeof whole) == NULL) return NULL;
    const size_t used = strlen(whole);
    if (used + 1 + strlen(path) >= sizeof whole) return errno = ENAMETOOLONG, NULL;
    const char last = used == 0 ? '\0' : whole[used - 1];
    snprintf(whole + used, sizeof whole - used, "%s%s", last == '/' || last == '\\' ? "" : "/", path);
  }
  if (out == NULL) return strdup(whole);
  return strcpy(out, whole);
}

long sysconf(int name) {
  switch (name) {
    case _SC_PAGESIZE:
      return 4096;
    case _SC_CLK_TCK:
      return CLOCKS_PER_SEC;
    case _SC_OPEN_MAX:
      return FOPEN_MAX;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
      return 1;
    default:
      errno = EINVAL;
      return -1;
  }
}
long pathconf(const char* path, int name) {
  struct stat found;
  if (stat(path, &found) != 0) return -1;
  if (name == _PC_PATH_MAX) return PATH_MAX;
  errno = EINVAL;
  return -1;
}
long fpathconf(int file, int name) {
  (void)file, (void)name;
  errno = EINVAL;
  return -1;
}

mode_t umask(mode_t mode) {
  (void)mode;
  return 022;
}
int mknod(const char* path, mode_t mode, dev_t device) {
  (void)path, (void)mode, (void)device;
  return __cmos_errno(ENOSYS);
}
int mkfifo(const char* path, mode_t mode) {
  (void)path, (void)mode;
  return __cmos_errno(ENOSYS);
}
int fchdir(int file) {
  (void)file;
  return __cmos_errno(ENOSYS);
}
char* ttyname(int file) {
  (void)file;
  errno = ENOTTY;
  return NULL;
}
int utimes(const char* path, const struct timeval times[2]) {
  (void)path, (void)times;
  return __cmos_errno(ENOSYS);
}

/* ---- lines --------------------------------------------------------------------------------- */

ssize_t getdelim(char** line, size_t* size, int end, FILE* file) {
  return __getdelim(line, size, end, file);
}
ssize_t getline(char** line, size_t* size, FILE* file) {
  return __getdelim(line, size, '\n', file);
}

/* ---- processes and users ------------------------------------------------------------------- */

int execv(const char* path, char* const arguments[]) {
  return execve(path, arguments, environ);
}
int execvp(const char* file, char* const arguments[]) {
  return execve(file, arguments, environ);
}
int execvpe(const char* file, char* const arguments[], char* const variables[]) {
  return execve(file, arguments, variables);
}
int fexecve(int file, char* const arguments[], char* const variables[]) {
  (void)file, (void)arguments, (void)variables;
  return __cmos_errno(ENOSYS);
}
/* The arguments end with a null pointer. */
int execl(const char* path, const char* first, ...) {
  (void)path, (void)first;
  return __cmos_errno(ENOSYS);
}
int execlp(const char* file, const char* first, ...) {
  (void)file, (void)first;
  return __cmos_errno(ENOSYS);
}
int execle(const char* path, const char* first, ...) {
  (void)path, (void)first;
  return __cmos_errno(ENOSYS);
}
pid_t vfork(void) {
  return __cmos_errno(ENOSYS);
}
FILE* popen(const char* command, const char* mode) {
  (void)command, (void)mode;
  errno = ENOSYS;
  return NULL;
}
int pclose(FILE* file) {
  (void)file;
  return __cmos_errno(ENOSYS);
}
uid_t getuid(void) {
  return 0;
}
uid_t geteuid(void) {
  return 0;
}
gid_t getgid(void) {
  return 0;
}
gid_t getegid(void) {
  return 0;
}
int setuid(uid_t user) {
  return user == 0 ? 0 : __cmos_errno(EPERM);
}
int setgid(gid_t group) {
  return group == 0 ? 0 : __cmos_errno(EPERM);
}
int seteuid(uid_t user) {
  return setuid(user);
}
int setegid(gid_t group) {
  return setgid(group);
}
int getgroups(int size, gid_t groups[]) {
  (void)size, (void)groups;
  return 0;
}
pid_t getppid(void) {
  return 0;
}
pid_t getpgrp(void) {
  return getpid();
}
pid_t getpgid(pid_t process) {
  return process == 0 ? getpid() : process;
}
pid_t getsid(pid_t process) {
  return getpgid(process);
}
pid_t setsid(void) {
  return __cmos_errno(EPERM);
}
int setpgid(pid_t process, pid_t group) {
  (void)process, (void)group;
  return __cmos_errno(ENOSYS);
}
pid_t tcgetpgrp(int file) {
  (void)file;
  return __cmos_errno(ENOTTY);
}
int tcsetpgrp(int file, pid_t group) {
  (void)file, (void)group;
  return __cmos_errno(ENOTTY);
}
int nice(int by) {
  (void)by;
  return __cmos_errno(ENOSYS);
}
int daemon(int keep_folder, int keep_files) {
  (void)keep_folder, (void)keep_files;
  return __cmos_errno(ENOSYS);
}
int gethostname(char* out, size_t size) {
  static const char kName[] = "calamos";
  if (size < sizeof kName) return __cmos_errno(ENAMETOOLONG);
  memcpy(out, kName, sizeof kName);
  return 0;
}
char* getlogin(void) {
  errno = ENOSYS;
  return NULL;
}

/* ---- signals and waiting: only what a program raises itself arrives ------------------------ */

static sigset_t blocked;

int sigprocmask(int how, const sigset_t* set, sigset_t* before) {
  if (before != NULL) *before = blocked;
  if (set == NULL) return 0;
  switch (how) {
    case SIG_BLOCK:
      blocked |= *set;
      return 0;
    case SIG_UNBLOCK:
      blocked &= ~*set;
      return 0;
    case SIG_SETMASK:
      blocked = *set;
      return 0;
    default:
      return __cmos_errno(EINVAL);
  }
}
int sigaction(int number, const struct sigaction* now, struct sigaction* before) {
  void (*old)(int) = signal(number, now == NULL ? SIG_DFL : now->sa_handler);
  if (old == SIG_ERR) return -1;
  if (now == NULL) signal(number, old);
  if (before != NULL) {
    memset(before, 0, sizeof *before);
    before->sa_handler = old;
  }
  return 0;
}
int sigpending(sigset_t* out) {
  *out = 0;
  return 0;
}
int sigsuspend(const sigset_t* set) {
  (void)set;
  return __cmos_errno(ENOSYS);
}
int pause(void) {
  return __cmos_errno(ENOSYS);
}
/* Nothing is waiting to go off, and nothing will. */
unsigned alarm(unsigned seconds) {
  (void)seconds;
  errno = ENOSYS;
  return 0;
}
useconds_t ualarm(useconds_t first, useconds_t then) {
  (void)first, (void)then;
  errno = ENOSYS;
  return 0;
}
int select(int count, fd_set* in, fd_set* out, fd_set* error, struct timeval* wait) {
  (void)count, (void)in, (void)out, (void)error, (void)wait;
  return __cmos_errno(ENOSYS);
}
int pselect(int count, fd_set* in, fd_set* out, fd_set* error, const struct timespec* wait,
            const sigset_t* mask) {
  (void)count, (void)in, (void)out, (void)error, (void)wait, (void)mask;
  return __cmos_errno(ENOSYS);
}

/* ---- arithmetic ---------------------------------------------------------------------------- */

/* The direction counts in the precision of a long double, the step in that of the result. */
double nexttoward(double from, long double to) {
  if (isnan(from) || to != to) return from + (double)to;
  if ((long double)from == to) return (double)to;
  return nextafter(from, (long double)from < to ? HUGE_VAL : -HUGE_VAL);
}
float nexttowardf(float from, long double to) {
  if (isnan(from) || to != to) return from + (float)to;
  if ((long double)from == to) return (float)to;
  return nextafterf(from, (long double)from < to ? HUGE_VALF : -HUGE_VALF);
}

/* The next number away from 0 or towards it; `from` is not 0. */
#if __LDBL_MANT_DIG__ == 64
static long double step(long double from, int away) {
  const uint64_t top = (uint64_t)1 << 63; /* set in all but the smallest numbers */
  union {
    long double value;
    struct {
      uint64_t fraction;
      uint16_t exponent; /* with the sign */
    } bits;
  } number = {.value = from};
  if (away) {
    const int was_small = (number.bits.fraction & top) == 0;
    number.bits.fraction += 1;
    if (number.bits.fraction == 0) number.bits.fraction = top, number.bits.exponent += 1;
    if (was_small && number.bits.fraction == top) number.bits.exponent += 1;
  } else if (number.bits.fraction == top) {
    number.bits.exponent -= 1;
    number.bits.fraction = (number.bits.exponent & 0x7fff) == 0 ? top - 1 : UINT64_MAX;
  } else {
    number.bits.fraction -= 1;
  }
  return number.value;
}
#elif __LDBL_MANT_DIG__ == 113
static long double step(long double from, int away) {
  union {
    long double value;
    unsigned __int128 bits;
  } number = {.value = from};
  if (away) {
    number.bits += 1;
  } else {
    number.bits -= 1;
  }
  return number.value;
}
#else
static long double step(long double from, int away) {
  return nextafter((double)from, away ? copysign(HUGE_VAL, (double)from) : 0.0);
}
#endif
long double nexttowardl(long double from, long double to) {
  if (from != from || to != to) return from + to;
  if (from == to) return to;
  if (from == 0) return to > 0 ? __LDBL_DENORM_MIN__ : -__LDBL_DENORM_MIN__;
  return step(from, (from < to) == (from > 0));
}

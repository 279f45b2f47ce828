/* Questions about the system that have one answer, and waiting for files that are always ready. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timeb.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wordexp.h>

#include "system.h"

#if defined(__x86_64__)
#define CMOS_MACHINE "x86_64"
#elif defined(__i386__)
#define CMOS_MACHINE "i686"
#elif defined(__aarch64__)
#define CMOS_MACHINE "aarch64"
#else
#define CMOS_MACHINE "armv7l"
#endif

char* secure_getenv(const char* name);
char* ctermid(char* out);
void flockfile(FILE* file);
int ftrylockfile(FILE* file);
void funlockfile(FILE* file);
int sched_getcpu(void);

int uname(struct utsname* out) {
  static const struct utsname kSystem = {"CalamOS", "calamos", "0", "0", CMOS_MACHINE};
  *out = kSystem;
  return 0;
}

/* A file is ready; what CalamOS cannot tell is whether there is input at the keyboard, so it is said to be. */
int poll(struct pollfd* files, nfds_t count, int milliseconds) {
  int ready = 0;
  for (nfds_t i = 0; i < count; ++i) {
    files[i].revents = 0;
    if (files[i].fd < 0) continue;
    files[i].revents = files[i].events & (POLLIN | POLLOUT);
    if (files[i].revents != 0) ++ready;
  }
  if (ready == 0 && milliseconds > 0) usleep((useconds_t)milliseconds * 1000);
  return ready;
}

int timespec_get(struct timespec* out, int base) {
  return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, out) == 0 ? base : 0;
}
int ftime(struct timeb* out) {
  struct timeval now;
  memset(out, 0, sizeof *out);
  if (gettimeofday(&now, NULL) != 0) return -1;
  out->time = now.tv_sec;
  out->millitm = (unsigned short)(now.tv_usec / 1000);
  return 0;
}
/* Times as times() says them. */
int getrusage(int who, struct rusage* out) {
  struct tms used;
  memset(out, 0, sizeof *out);
  if (who == RUSAGE_CHILDREN) return 0;
  if (times(&used) == (clock_t)-1) return -1;
  out->ru_utime.tv_sec = (time_t)(used.tms_utime / CLOCKS_PER_SEC);
  out->ru_utime.tv_usec = (suseconds_t)(used.tms_utime % CLOCKS_PER_SEC * (1000000 / CLOCKS_PER_SEC));
  return 0;
}

/* What newlib's own fcntl() and mkdir() call. Descriptors have no flags that could be changed, and no second number. */
int _fcntl(int file, int command, int argument);
int _fcntl(int file, int command, int argument) {
  struct stat found;
  (void)argument;
  if (fstat(file, &found) != 0) return -1;
  switch (command) {
    case F_GETFD:
    case F_SETFD:
    case F_SETFL:
      return 0;
    case F_GETFL:
      return O_RDWR;
    default:
      return __cmos_errno(ENOSYS);
  }
}
int _mkdir(const char* path, mode_t mode);
int _mkdir(const char* path, mode_t mode) {
  return mkdir(path, mode);
}
/* What newlib's wide characters call for Japanese encodings, which it has not been built with. */
wint_t _jp2uc_l(wint_t character, void* locale);
wint_t _jp2uc_l(wint_t character, void* locale) {
  (void)locale;
  return character;
}
wint_t _uc2jp_l(wint_t character, void* locale);
wint_t _uc2jp_l(wint_t character, void* locale) {
  (void)locale;
  return character;
}

/* "a9" comes before "a10": where both have digits, the longer number is the larger one. */
int versionsort(const struct dirent** one, const struct dirent** other) {
  const char* a = (*one)->d_name;
  const char* b = (*other)->d_name;
  while (*a != '\0' && *a == *b) ++a, ++b;
  const size_t more = strspn(a, "0123456789");
  const size_t others = strspn(b, "0123456789");
  if (more != others && more != 0 && others != 0) return more < others ? -1 : 1;
  return strcmp(a, b);
}

/* There are no children to wait for. */
pid_t waitpid(pid_t process, int* status, int options) {
  (void)process, (void)status, (void)options;
  return __cmos_errno(ECHILD);
}

char* secure_getenv(const char* name) {
  return getenv(name);
}
int issetugid(void) {
  return 0;
}
int getdtablesize(void) {
  return FOPEN_MAX;
}
char* getwd(char* out) {
  return getcwd(out, 4096);
}
char* get_current_dir_name(void) {
  return getcwd(NULL, 0);
}
int sched_getcpu(void) {
  return 0;
}
/* There is no terminal to name. */
char* ctermid(char* out) {
  static char none[1];
  if (out == NULL) return none;
  *out = '\0';
  return out;
}

/* Nobody else uses a file. */
void flockfile(FILE* file) {
  (void)file;
}
int ftrylockfile(FILE* file) {
  (void)file;
  return 0;
}
void funlockfile(FILE* file) {
  (void)file;
}
int pthread_atfork(void (*before)(void), void (*parent)(void), void (*child)(void)) {
  (void)before, (void)parent, (void)child;
  return 0;
}

/* newlib's succeeds without a match; POSIX has a number for that. */
int __cmos_glob(const char* __restrict pattern, int flags, int (*report)(const char*, int), glob_t* __restrict out);
int glob(const char* __restrict pattern, int flags, int (*report)(const char*, int), glob_t* __restrict out) {
  const int result = __cmos_glob(pattern, flags, report, out);
  if (result == 0 && out->gl_matchc == 0 && (flags & (GLOB_NOCHECK | GLOB_NOMAGIC)) == 0) return GLOB_NOMATCH;
  return result;
}

/* A shell would expand the words. */
int wordexp(const char* __restrict words, wordexp_t* __restrict out, int flags) {
  (void)words, (void)out, (void)flags;
  errno = ENOSYS;
  return WRDE_CMDSUB;
}
void wordfree(wordexp_t* words) {
  (void)words;
}

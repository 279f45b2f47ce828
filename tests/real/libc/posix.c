/* What small programs expect of POSIX and of C beyond the rest: the same transcript on the host and on every ARCH. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <libgen.h>
#include <math.h>
#include <poll.h>
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void make(const char* path, const char* text) {
  FILE* file = fopen(path, "w");
  fputs(text, file);
  fclose(file);
}

static void patterns(void) {
  regex_t pattern;
  regmatch_t found[3];
  char message[80];
  printf("%d", regcomp(&pattern, "([a-z]+)@([a-z]+)[.]org", REG_EXTENDED | REG_ICASE));
  printf(" %d", regexec(&pattern, "to Ann@example.org now", 3, found, 0));
  printf(" %d-%d %d-%d", (int)found[1].rm_so, (int)found[1].rm_eo, (int)found[2].rm_so, (int)found[2].rm_eo);
  printf(" %d\n", regexec(&pattern, "nobody", 0, NULL, 0) == REG_NOMATCH);
  regfree(&pattern);
  printf("%d\n", regcomp(&pattern, "(", REG_EXTENDED) != 0 && regerror(REG_EPAREN, &pattern, message, sizeof message) > 1);
  printf("%d %d %d %d\n", fnmatch("*.c", "a.c", 0), fnmatch("*.c", "a.h", 0) == FNM_NOMATCH, fnmatch("[!a-c]?", "d1", 0),
         fnmatch("*", "a/b", FNM_PATHNAME) == FNM_NOMATCH);
  mkdir("things", 0755);
  make("things/b.txt", "line one\nline two, which is longer\nno end");
  make("things/a.txt", "");
  make("things/c.dat", "");
  glob_t names;
  printf("%d", glob("things/*.txt", 0, NULL, &names));
  printf(" %d", (int)names.gl_pathc);
  for (size_t i = 0; i < (size_t)names.gl_pathc; ++i) printf(" %s", names.gl_pathv[i]);
  globfree(&names);
  printf(" %d\n", glob("things/*.none", 0, NULL, &names) == GLOB_NOMATCH);
}

static void files(void) {
  char* line = NULL;
  size_t size = 0;
  FILE* file = fopen("things/b.txt", "r");
  ssize_t length;
  while ((length = getline(&line, &size, file)) >= 0) printf("%d:%s%s", (int)length, line, strchr(line, '\n') != NULL ? "" : "|\n");
  rewind(file);
  printf("%d %s\n", (int)getdelim(&line, &size, ' ', file), line);
  fclose(file);
  free(line);
  const int opened = openat(AT_FDCWD, "things/b.txt", O_RDONLY);
  char bytes[9] = "";
  struct stat found;
  printf("%d", (int)pread(opened, bytes, 4, 5));
  printf(" %s", bytes);
  struct pollfd ready = {.fd = opened, .events = POLLIN};
  printf(" %d", poll(&ready, 1, 0));
  printf(" %d", ready.revents == POLLIN);
  close(opened);
  printf(" %d", fstatat(AT_FDCWD, "things/c.dat", &found, 0));
  printf(" %d", (int)found.st_size);
  printf(" %d", faccessat(AT_FDCWD, "things/none", F_OK, 0));
  printf(" %d", errno == ENOENT);
  printf(" %d", lstat("things/a.txt", &found));
  printf(" %d\n", S_ISREG(found.st_mode) != 0);
  printf("%d", renameat(AT_FDCWD, "things/a.txt", AT_FDCWD, "things/d.txt"));
  printf(" %d", unlinkat(AT_FDCWD, "things/d.txt", 0));
  printf(" %d %d", unlink("things/b.txt"), unlink("things/c.dat"));
  printf(" %d\n", unlinkat(AT_FDCWD, "things", AT_REMOVEDIR));
  char path[] = "usr/lib/file.c";
  char* slash = strrchr(path, '/');
  printf("%s", basename(path));
  printf(" %s %d\n", dirname(path), slash != NULL);
  char none[] = "";
  printf("%s %d\n", dirname(none), realpath("none/such", NULL) == NULL && errno == ENOENT);
}

static void jumps(void) {
  static jmp_buf back;
  volatile int rounds = 0;
  const int value = setjmp(back);
  ++rounds;
  if (rounds == 1) longjmp(back, 0);
  printf("longjmp(b, 0): %d, %d rounds\n", value, rounds);
  sigset_t set;
  sigemptyset(&set);
  printf("%d", (sigaddset)(&set, SIGTERM));
  printf(" %d", (sigismember)(&set, SIGTERM));
  printf(" %d", (sigdelset)(&set, SIGTERM));
  printf(" %d\n", (sigismember)(&set, SIGTERM));
}

static void surroundings(void) {
  struct utsname system;
  struct timespec now;
  printf("%d", uname(&system));
  printf(" %d", system.sysname[0] != 0 && system.machine[0] != 0);
  printf(" %d", timespec_get(&now, TIME_UTC) == TIME_UTC);
  printf(" %d", now.tv_sec > 1600000000);
  printf(" %d %d %d", (int)sysconf(_SC_PAGESIZE), getuid() == geteuid(), getpid() > 0);
  printf(" %d\n", sysconf(_SC_NPROCESSORS_ONLN) > 0);
}

/* Numbers that every long double holds, and results that are exact, or rounded to fewer digits than the least has. */
static void long_doubles(void) {
  const volatile long double values[] = {2.5L, -2.5L, 0.4L, -0.0L, 1e15L, 7.75L};
  for (size_t i = 0; i < sizeof values / sizeof *values; ++i) {
    const long double x = values[i];
    long double whole;
    int exponent;
    printf("%g: %g %g %g %g %g", (double)x, (double)floorl(x), (double)ceill(x), (double)truncl(x), (double)roundl(x), (double)rintl(x));
    printf(" %lld %lld", llrintl(x), llroundl(x));
    const double part = (double)frexpl(x, &exponent);
    printf(" %.3g*2^%d", part, exponent);
    const double rest = (double)modfl(x, &whole);
    printf(" %.3g+%g %.6g %g\n", rest, (double)whole, (double)fmodl(x, 1.75L), (double)remainderl(x, 2));
  }
  int quotient;
  const double rest = (double)remquol(17.5L, 3, &quotient);
  printf("%g %d %g %g %g %d\n", rest, quotient & 7, (double)scalbnl(0.75L, 10), (double)ldexpl(3, -2), (double)logbl(10), ilogbl(0.3L));
  printf("%g %g %g %g %g\n", (double)fmaxl(1, (long double)NAN), (double)fminl(1, 2), (double)fdiml(5, 3), (double)copysignl(3, -0.0L),
         (double)fabsl(-2.0L));
  printf("%d %g %g\n", nextafterl(1, 2) > 1, (double)fmal(2, 3, 4), (double)hypotl(3, 4));
  printf("%.12g %.12g %.12g %.12g %.12g\n", (double)sinl(1), (double)expl(2), (double)powl(2, 0.5L), (double)logl(10),
         (double)atan2l(1, -1));
  printf("%.12g %.12g %.12g %.12g\n", (double)tgammal(5), (double)cbrtl(27), (double)erfl(0.5L), (double)log2l(8));
}

int main(int argc, char** argv) {
  patterns();
  files();
  jumps();
  surroundings();
  long_doubles();
  if (argc > 1) {
    fflush(stdout);
    errno = ENOENT;
    warnx("%d words", argc);
    err(4, "%s", argv[1]);
  }
  return 0;
}

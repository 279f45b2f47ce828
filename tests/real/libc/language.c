/* The rest of the C library, as one program: the same transcript on the host and on every ARCH. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static void floats(void) {
  const double values[] = {0.1, 1.0 / 3, 123456789.125, 5e-324, 1.7976931348623157e308, -0.0};
  for (size_t i = 0; i < sizeof values / sizeof *values; ++i)
    printf("%.17g %e %.3f\n", values[i], values[i], fmod(values[i], 1e6));
  printf("%a %a %a\n", values[0], values[2], values[5]);
  printf("%g %g %G\n", INFINITY, -INFINITY, NAN);
  double a;
  float b;
  int n;
  printf("%d", sscanf("2.718281828459045 1e-3 0x1f", "%lf %f %i", &a, &b, &n));
  printf(" %.15f %g %d\n", a, b, n);
  printf("%.17g %.17g %.17g\n", strtod("179769313486231570000e288", NULL), atof("-2.5e-10"), sqrt(2));
  printf("%.12g %.12g %.12g %.12g\n", sin(1), exp(10), log(10), pow(2, 0.5));
}

static void integers(void) {
  printf("%" PRId64 " %" PRIu64 " %" PRIx64 "\n", INT64_MIN, UINT64_MAX, (uint64_t)0xfedcba9876543210);
  printf("%lld %zu %td %hhd %#o|%-8d|%+d|%08.3f\n", LLONG_MAX, sizeof(int), (ptrdiff_t)-3, (signed char)300, 8, 42, 7, 3.14159);
  volatile int64_t wide = INT64_C(-1234567890123456789);
  volatile uint64_t divisor = 987654321;
  printf("%" PRId64 " %" PRIu64 "\n", wide / 1000003, (uint64_t)wide % divisor);
  errno = 0;
  printf("%ld %d\n", strtol("-0x7fq", NULL, 0), errno);
  printf("%lld\n", strtoll("99999999999999999999", NULL, 10));
  printf("%d\n", errno == ERANGE);
}

static int compare(const void* a, const void* b) { return *(const int*)a - *(const int*)b; }

static void memory(void) {
  int values[] = {5, 3, 9, -1, 4};
  qsort(values, 5, sizeof *values, compare);
  for (int i = 0; i < 5; ++i) printf("%d ", values[i]);
  size_t total = 0;
  char* blocks[300];
  for (int i = 0; i < 300; ++i) {
    blocks[i] = malloc((size_t)i * 997 + 1);
    memset(blocks[i], i, (size_t)i * 997 + 1);
  }
  for (int i = 0; i < 300; i += 2) free(blocks[i]);
  for (int i = 1; i < 300; i += 2) blocks[i] = realloc(blocks[i], (size_t)i * 2003);
  for (int i = 1; i < 300; i += 2) total += (unsigned char)blocks[i][i * 996];
  for (int i = 1; i < 300; i += 2) free(blocks[i]);
  char* large = calloc(40, 1 << 20);
  printf("%zu %d\n", total, large != NULL && large[(40 << 20) - 1] == 0);
  free(large);
  errno = 0;
  volatile size_t too_much = (size_t)-1 / 2;
  void* volatile none = malloc(too_much);
  printf("%d %d\n", none == NULL, errno == ENOMEM);
}

static jmp_buf back;
static void on_signal(int number) { printf("signal %d\n", number == SIGUSR1); }
static void jump(int depth) {
  if (depth == 0) longjmp(back, 7);
  jump(depth - 1);
}

static void control(void) {
  const int value = setjmp(back);
  if (value == 0) jump(20);
  printf("back with %d\n", value);
  signal(SIGUSR1, on_signal);
  printf("raise %d\n", raise(SIGUSR1));
  printf("%s %d\n", getenv("NO_SUCH_VARIABLE") == NULL ? "unset" : "set", setenv("MINE", "yes", 1));
  printf("%s\n", getenv("MINE"));
}

static void clocks(void) {
  struct timeval now;
  struct timespec first, second;
  printf("%d", gettimeofday(&now, NULL));
  printf(" %d\n", llabs((long long)now.tv_sec - time(NULL)) <= 1);
  printf("%d", clock_gettime(CLOCK_MONOTONIC, &first));
  printf(" %d", nanosleep(&(struct timespec){0, 2000000}, NULL));
  printf(" %d", clock_gettime(CLOCK_MONOTONIC, &second));
  printf(" %d\n", (second.tv_sec - first.tv_sec) * 1000000000LL + second.tv_nsec - first.tv_nsec >= 2000000);
  const time_t then = 1000000000;
  char text[40];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", gmtime(&then));
  printf("%s %ld %d\n", text, (long)(clock() >= 0), now.tv_sec > then);
}

static void last(void) { printf("the last\n"); }
static void before(void) { printf("before it\n"); }
__attribute__((constructor)) static void constructed(void) { printf("constructed\n"); }
__attribute__((destructor)) static void destroyed(void) { printf("destroyed\n"); }

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) printf("%d: '%s'\n", i, argv[i]);
  printf("null at the end: %d\n", argv[argc] == NULL);
  floats();
  integers();
  memory();
  control();
  clocks();
  atexit(last);
  atexit(before);
  fprintf(stderr, "%s\n", strerror(ENOENT));
  if (argc > 2 && strcmp(argv[1], "abort") == 0) abort();
  if (argc > 2 && strcmp(argv[1], "_exit") == 0) {
    fflush(stdout);
    _exit(9);
  }
  exit(300 + argc);
}

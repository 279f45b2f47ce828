/* The start of a C program with this library: arguments, constructors, main(argc, argv, environ),
 * exit().
 *
 * The kernel starts a program as if it had called this function (abi 2), so no assembly is needed.
 * The arguments live on the stack, below main's frame; argv[argc] is null.
 */
#include <stdlib.h>

#include "cmos.h"

int main(int argc, char** argv, char** environment);
int _start(void);

extern char** environ;
typedef void (*function)(void);
extern const function __preinit_array_start[], __preinit_array_end[];
extern const function __init_array_start[], __init_array_end[];
extern const function __fini_array_start[], __fini_array_end[];

static void run(const function* first, const function* end) {
  while (first != end) (*first++)();
}

static void destructors(void) {
  run(__fini_array_start, __fini_array_end);
}

static uint32_t load_u32(const unsigned char* at) {
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Turns "count, (length, bytes)..." into C strings where they stand: each moves down over its own
 * length, which leaves room for its 0. */
static void split(unsigned char* block, uint32_t count, char** argv) {
  unsigned char* at = block + 4;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t length = load_u32(at);
    argv[i] = (char*)at;
    for (uint32_t n = 0; n < length; ++n) at[n] = at[n + 4];
    at[length] = 0;
    at += length + 4;
  }
  argv[count] = NULL;
}

__attribute__((section(".text.cmos_start"), used)) int _start(void) {
  unsigned char header[4] = {0, 0, 0, 0};
  const intptr_t size = cmos_arguments(header, sizeof header);
  const uint32_t count = cmos_is_error(size) || size < 4 ? 0 : load_u32(header);
  char** argv = __builtin_alloca((count + 1) * sizeof(char*));
  argv[0] = NULL;
  if (count > 0) {
    unsigned char* block = __builtin_alloca((size_t)size);
    cmos_arguments(block, (size_t)size);
    split(block, count, argv);
  }
  /* Registered first, so run last: after what the program itself gave to atexit(). */
  atexit(destructors);
  run(__preinit_array_start, __preinit_array_end);
  run(__init_array_start, __init_array_end);
  exit(main((int)count, argv, environ));
}

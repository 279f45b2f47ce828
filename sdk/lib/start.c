/* The start of a freestanding C or C++ program: constructors, main(argc, argv), destructors, exit.
 *
 * The kernel starts a program as if it had called this function: the stack is aligned and every other register is 0
 * (abi 2), so no assembly is needed. argv[0] is the program; argv[argc] is null; all of it lives on the stack.
 */
#include "cmos.h"

int main(int argc, char** argv);
int _start(void);

typedef void (*cmos_function)(void);
extern const cmos_function __preinit_array_start[], __preinit_array_end[];
extern const cmos_function __init_array_start[], __init_array_end[];
extern const cmos_function __fini_array_start[], __fini_array_end[];

static void run(const cmos_function* first, const cmos_function* end) {
  while (first != end) (*first++)();
}

static uint32_t load_u32(const unsigned char* at) {
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Turns "count, (length, bytes)..." into C strings where they stand: each moves down over its own length, which leaves
 * room for its 0. */
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
  const uint32_t count = size < 4 ? 0 : load_u32(header);
  char** argv = (char**)__builtin_alloca((count + 1) * sizeof(char*));
  argv[0] = NULL;
  if (count > 0) {
    unsigned char* block = (unsigned char*)__builtin_alloca((size_t)size);
    cmos_arguments(block, (size_t)size);
    split(block, count, argv);
  }
  run(__preinit_array_start, __preinit_array_end);
  run(__init_array_start, __init_array_end);
  const int status = main((int)count, argv);
  for (const cmos_function* last = __fini_array_end; last != __fini_array_start;) (*--last)();
  cmos_exit(status);
}

/* What starting a C program takes, with and without a C library: for start.c and newlib/system/start.c alone.
 *
 * The kernel starts a program as if it had called _start: the stack is aligned and every other register is 0 (abi 2), so
 * no assembly is needed. The arguments live on the stack, in _start's own frame: argv[0] is the program, argv[argc] null.
 */
#ifndef CMOS_START_H
#define CMOS_START_H

#include "cmos.h"

typedef void (*cmos_function)(void);
extern const cmos_function __preinit_array_start[], __preinit_array_end[];
extern const cmos_function __init_array_start[], __init_array_end[];
extern const cmos_function __fini_array_start[], __fini_array_end[];

static inline void cmos_run_forward(const cmos_function* first, const cmos_function* end) {
  while (first != end) (*first++)();
}

static inline void cmos_construct(void) {
  cmos_run_forward(__preinit_array_start, __preinit_array_end);
  cmos_run_forward(__init_array_start, __init_array_end);
}

/* The last constructed is destroyed first. */
static inline void cmos_destroy(void) {
  for (const cmos_function* last = __fini_array_end; last != __fini_array_start;) (*--last)();
}

static inline uint32_t cmos_load_u32(const unsigned char* at) {
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* `call` is CMOS_SYS_arguments or CMOS_SYS_environment, which give texts in one form (abi 3): u32 count, then u32 length +
 * bytes each. */

/* Their bytes; 0 when the kernel has none to give, which is also how one without this call answers. */
static inline size_t cmos_texts_size(unsigned call) {
  unsigned char count[4];
  const intptr_t size = cmos_syscall(call, (uintptr_t)count, sizeof count, 0);
  return cmos_is_error(size) || size <= (intptr_t)sizeof count ? 0 : (size_t)size;
}

/* Fetches them into `block`, whose size cmos_texts_size() said, and returns their count. */
static inline uint32_t cmos_fetch_texts(unsigned call, unsigned char* block, size_t size) {
  if (size == 0 || cmos_syscall(call, (uintptr_t)block, size, 0) != (intptr_t)size) return 0;
  return cmos_load_u32(block);
}

/* Makes C strings of them where they stand: each moves down over its own length, which leaves room for its 0. `argv` has
 * room for one more than `count`. */
static inline void cmos_split_texts(unsigned char* block, uint32_t count, char** argv) {
  unsigned char* at = block + 4;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t length = cmos_load_u32(at);
    argv[i] = (char*)at;
    for (uint32_t n = 0; n < length; ++n) at[n] = at[n + 4];
    at[length] = 0;
    at += length + 4;
  }
  argv[count] = NULL;
}

#endif

/* The heap's end. malloc() moves it by a page at a time, and each call costs the kernel a change of
 * the memory map: so memory is taken from it, and given back, in larger steps. */
#include <stddef.h>

#include "cmos.h"
#include "system.h"

#define STEP ((size_t)1 << 20)

void* _sbrk(ptrdiff_t bytes);

static uintptr_t end;   /* as the program sees it */
static uintptr_t taken; /* as the kernel sees it; never below `end` */

static int take(size_t bytes) {
  /* In proportion to what there is, or a heap of a gigabyte would need a thousand calls; exactly,
   * when memory is short. */
  const size_t wish = (bytes + STEP + taken / 16) / STEP * STEP;
  intptr_t result = cmos_grow((intptr_t)wish);
  size_t got = wish;
  if (cmos_is_error(result)) {
    result = cmos_grow((intptr_t)bytes);
    got = bytes;
  }
  if (cmos_is_error(result)) return __cmos_fail(result);
  taken += got;
  return 0;
}

static void give_back(void) {
  const size_t spare = taken - end;
  if (spare > 8 * STEP + taken / 8 && !cmos_is_error(cmos_grow(-(intptr_t)(spare - STEP))))
    taken = end + STEP;
}

void* _sbrk(ptrdiff_t bytes) {
  uintptr_t before;
  if (taken == 0) {
    const intptr_t start = cmos_grow(0);
    if (cmos_is_error(start)) return (void*)(intptr_t)__cmos_fail(start);
    end = taken = (uintptr_t)start;
  }
  before = end;
  if (bytes > 0 && (size_t)bytes > taken - end && take((size_t)bytes - (taken - end)) != 0)
    return (void*)-1;
  end += (uintptr_t)bytes;
  if (bytes < 0) give_back();
  return (void*)before;
}

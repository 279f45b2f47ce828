/* The abort method: the kernel calls it when the program has ended, with the exit status, whatever the end was.
 * In C it is the function __cmos_abort, which cmos-pack names `abort` in the CPE. `abort-method crash` ends by a fault,
 * `abort-method overflow` by a full stack: the method gets a usable one all the same. */
#include "text.h"

CMOS_ABORT_METHOD void __cmos_abort(int status) {
  cmos_print("abort method: the program ended with ");
  print_number((uint32_t)status);
  cmos_print("\n");
}

static volatile int bottom = -1; /* never reached, which a compiler must not know */

static int recurse(volatile int depth) {
  return depth == bottom ? 0 : recurse(depth + 1) + depth;
}

int main(int argc, char** argv) {
  cmos_print("working\n");
  if (argc > 1 && same_text(argv[1], "crash")) {
    volatile uintptr_t nowhere = 16; /* volatile: compilers warn of what they can see */
    *(volatile uint32_t*)nowhere = 1;
  }
  if (argc > 1 && same_text(argv[1], "overflow")) return recurse(0);
  return 7;
}

/* The abort method: the kernel calls it when the program has ended, with the exit status, whatever the end was.
 * In C it is the function __cmos_abort, which cmos-pack names `abort` in the CPE. `abort-method crash` ends by a fault. */
#include "text.h"

void __cmos_abort(int status);

void __cmos_abort(int status) {
  cmos_print("abort method: the program ended with ");
  print_number((uint32_t)status);
  cmos_print("\n");
}

int main(int argc, char** argv) {
  cmos_print("working\n");
  if (argc > 1 && same_text(argv[1], "crash")) {
    volatile uint32_t* nowhere = (volatile uint32_t*)(uintptr_t)16;
    *nowhere = 1;
  }
  return 7;
}

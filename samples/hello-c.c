/* The smallest C program. */
#include <cmos.h>

int main(void) {
  cmos_print("Hello, CalamOS, from C\n");
  return 0;
}

/* Shows its arguments, one per line, after the program's name. Exits with their number. */
#include "text.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    print_number((uint32_t)i);
    cmos_print(": \"");
    cmos_print(argv[i]);
    cmos_print("\"\n");
  }
  return argc - 1;
}

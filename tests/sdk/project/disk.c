/* Counts its runs on its mini-disk, or does what the argument says. */
#include <cmos.h>

static void number(unsigned long value) {
  char digit = (char)('0' + value % 10);
  if (value >= 10) number(value / 10);
  cmos_stdout(&digit, 1, NULL);
}

static int show(const char* path) {
  char text[100];
  const intptr_t handle = cmos_open(path, cmos_length(path), CMOS_OPEN_READ);
  if (cmos_is_error(handle)) return 1;
  cmos_stdout(text, (size_t)cmos_read(handle, text, sizeof text), NULL);
  return 0;
}

int main(int argc, char** argv) {
  unsigned char runs = 0;
  if (argc > 1 && argv[1][0] != '-') return show(argv[1]);
  if (argc > 1 && argv[1][2] == 'c') *(volatile int*)(intptr_t)(argc - 2) = 1;
  if (argc > 1 && argv[1][2] == 'b') return cmos_stdout("\0\1\2x", 4, NULL) != 4;
  while (argc > 1 && argv[1][2] == 'h') {
  }
  cmos_md_read(0, &runs, 1);
  ++runs;
  cmos_md_write(0, &runs, 1);
  number((unsigned long)cmos_md_size());
  cmos_print(" bytes, run ");
  number(runs);
  cmos_print("\n");
  return 0;
}

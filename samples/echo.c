/* Gives back what it reads, in each of stdin's styles:
 *   echo          lines, as the terminal gives them
 *   echo noecho   lines, typed without echo (a password)
 *   echo raw      single keys without Enter, shown as codes; q or the end of input stops */
#include "text.h"

static uint32_t echo_lines(int style) {
  uint32_t count = 0;
  for (int byte; (byte = cmos_stdin(style)) >= 0; ++count) {
    const char one = (char)byte;
    cmos_stdout(&one, 1, NULL);
  }
  return count;
}

static uint32_t echo_keys(void) {
  uint32_t count = 0;
  for (int byte; (byte = cmos_stdin(CMOS_STDIN_RAW_KEY)) >= 0; ++count) {
    cmos_print("key ");
    print_number((uint32_t)byte);
    cmos_print("\n");
    if (byte == 'q') break;
  }
  return count;
}

int main(int argc, char** argv) {
  uint32_t count;
  if (argc > 1 && same_text(argv[1], "raw")) {
    count = echo_keys();
  } else if (argc > 1 && same_text(argv[1], "noecho")) {
    count = echo_lines(CMOS_STDIN_NO_ECHO);
  } else {
    count = echo_lines(CMOS_STDIN_TERMINAL);
  }
  cmos_print("bytes: ");
  print_number(count);
  cmos_print("\n");
  return 0;
}

#include <cmos.h>

#include "words.h"

static void copy_input(void) {
  for (int byte; (byte = cmos_stdin(CMOS_STDIN_TERMINAL)) >= 0;) {
    const char one = (char)byte;
    cmos_stdout(&one, 1, NULL);
  }
}

int main(int argc, char** argv) {
  if (argc == 2 && argv[1][0] == '-') {
    copy_input();
    return 0;
  }
  for (int i = 1; i < argc; ++i) {
    say(GREETING);
    say(argv[i]);
    say("\n");
  }
  return argc - 1;
}

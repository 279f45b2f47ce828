/* Guess a number from 1 to 100. `guess SEED` always thinks of the same number; without a seed it is random.
 * Exits with the number of tries, or 255 when the input ends first. */
#include "text.h"

static uint32_t choose(int argc, char** argv) {
  uint32_t seed = 0;
  const int32_t given = argc > 1 ? parse_number(argv[1]) : -1;
  if (given >= 0) {
    seed = (uint32_t)given;
  } else {
    cmos_random(&seed, sizeof seed);
  }
  return ((seed * 1103515245u + 12345u) >> 16) % 100 + 1;
}

int main(int argc, char** argv) {
  const uint32_t secret = choose(argc, argv);
  char line[16];
  cmos_print_colour("I think of a number from 1 to 100.\n", CMOS_RGB(0x50, 0x80, 0xf0));
  for (int tries = 1;; ++tries) {
    cmos_print("Your guess? ");
    if (read_line(line, sizeof line) < 0) break;
    const int32_t guess = parse_number(line);
    if (guess < 1 || guess > 100) {
      cmos_print("A number from 1 to 100, please.\n");
    } else if ((uint32_t)guess < secret) {
      cmos_print("Too low.\n");
    } else if ((uint32_t)guess > secret) {
      cmos_print("Too high.\n");
    } else {
      cmos_print_colour("Right!", CMOS_RGB(0x40, 0xc0, 0x40));
      cmos_print(" Tries: ");
      print_number((uint32_t)tries);
      cmos_print("\n");
      return tries;
    }
  }
  cmos_print("\nIt was ");
  print_number(secret);
  cmos_print(".\n");
  return 255;
}

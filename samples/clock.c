/* clock and random: what differs from run to run, checked without showing it. */
#include "text.h"

static int differs(const uint8_t* a, const uint8_t* b, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return 1;
  }
  return 0;
}

int main(void) {
  const int64_t year_2020 = 1577836800LL * 1000000000LL;
  int64_t first = 0;
  int64_t second = 0;
  int64_t today = 0;
  uint8_t a[16] = {0};
  uint8_t b[16] = {0};
  cmos_clock(CMOS_CLOCK_MONOTONIC, &first);
  cmos_clock(CMOS_CLOCK_UTC, &today);
  cmos_clock(CMOS_CLOCK_MONOTONIC, &second);
  cmos_print(second >= first ? "time does not run backwards\n" : "time runs backwards\n");
  cmos_print(today > year_2020 ? "it is later than 2020\n" : "it is earlier than 2020\n");
  const intptr_t count = cmos_random(a, sizeof a);
  cmos_random(b, sizeof b);
  cmos_print("random bytes: ");
  print_number((uint32_t)count);
  cmos_print(differs(a, b, sizeof a) ? ", different each time\n" : ", always the same\n");
  return cmos_clock(99, &today) == CPE_ERROR_INVALID ? 0 : 1;
}

/* Small text helpers for the samples: freestanding C has no printf. */
#ifndef SAMPLES_TEXT_H
#define SAMPLES_TEXT_H

#include <cmos.h>

/* Shows `value` in decimal. */
static inline void print_number(uint32_t value) {
  char digits[10];
  size_t first = sizeof digits;
  do {
    digits[--first] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  cmos_stdout(digits + first, sizeof digits - first, NULL);
}

/* The decimal number in `text`; -1 when it is none or too large. */
static inline int32_t parse_number(const char* text) {
  int32_t value = 0;
  if (*text == 0) return -1;
  for (; *text != 0; ++text) {
    if (*text < '0' || *text > '9' || value > 99999999) return -1;
    value = value * 10 + (*text - '0');
  }
  return value;
}

static inline int same_text(const char* a, const char* b) {
  while (*a != 0 && *a == *b) ++a, ++b;
  return *a == *b;
}

/* One line of input without its end, cut to `size` - 1 bytes; its length, or -1 at the end of input. */
static inline int read_line(char* line, int size) {
  int length = 0;
  int byte = cmos_stdin(CMOS_STDIN_TERMINAL);
  if (byte < 0) return -1;
  for (; byte >= 0 && byte != '\n'; byte = cmos_stdin(CMOS_STDIN_TERMINAL)) {
    if (length + 1 < size && byte != '\r') line[length++] = (char)byte;
  }
  line[length] = 0;
  return length;
}

#endif

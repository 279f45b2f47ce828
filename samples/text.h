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

/* One line of input without its end, cut to `size` - 1 bytes; its length, or -1 at the end of
 * input. */
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

/* What a result of a failed call means. */
static inline const char* error_text(intptr_t error) {
  switch (error) {
    case CPE_ERROR_INVALID:
      return "not a valid name or value";
    case CPE_ERROR_NOSYS:
      return "this kernel does not know the call";
    case CPE_ERROR_NOT_FOUND:
      return "no such file or directory";
    case CPE_ERROR_EXISTS:
      return "the name is taken";
    case CPE_ERROR_ACCESS:
      return "not permitted";
    case CPE_ERROR_NOT_DIRECTORY:
      return "not a directory";
    case CPE_ERROR_IS_DIRECTORY:
      return "it is a directory";
    case CPE_ERROR_TOO_MANY:
      return "too many open files or nested programs";
    case CPE_ERROR_NO_SPACE:
      return "no space left";
    case CPE_ERROR_NO_MEMORY:
      return "no memory left";
    case CPE_ERROR_IO:
      return "the host failed to read or write";
    case CPE_ERROR_BAD_EXECUTABLE:
      return "not a program that can be run";
    case CPE_ERROR_MINIDISK_BUSY:
      return "another run holds the mini-disk";
    case CPE_ERROR_MINIDISK_CLOSED:
      return "this program has no mini-disk";
    case CPE_ERROR_CHILD_FAULT:
      return "the program did not exit by itself";
    default:
      return "it failed";
  }
}

/* Shows "what: why" for a failed call. */
static inline void print_failure(const char* what, intptr_t error) {
  cmos_print(what);
  cmos_print(": ");
  cmos_print(error_text(error));
  cmos_print("\n");
}

#endif

/* Formatted input: numbers, words and characters. */
#include <ctype.h>

#include "file.h"

#define SKIPPED 1
#define LONG 2

static int skip_space(FILE *file) {
  int c;
  do c = fgetc(file);
  while (c != EOF && isspace(c));
  return c;
}

static int digit_of(int c, unsigned char base) {
  int digit;
  if (c == EOF) return -1;
  digit = isdigit(c) ? c - '0' : isalpha(c) ? (c | 32) - 'a' + 10 : 99;
  return digit < base ? digit : -1;
}

/* False where no number begins. */
static unsigned char number(FILE *file, unsigned char base, unsigned width, unsigned long *value) {
  unsigned char negative = 0, digits = 0;
  int digit, c = skip_space(file);
  *value = 0;
  if ((c == '-' || c == '+') && width > 1) {
    negative = c == '-';
    --width;
    c = fgetc(file);
  }
  while (width-- > 0 && (digit = digit_of(c, base)) >= 0) {
    *value = *value * base + digit;
    digits = 1;
    c = fgetc(file);
  }
  ungetc(c, file);
  if (negative) *value = -*value;
  return digits;
}

static unsigned char word(FILE *file, unsigned width, char *to) {
  int c = skip_space(file);
  unsigned char any = 0;
  for (; width-- > 0 && c != EOF && !isspace(c); c = fgetc(file)) {
    if (to) *to++ = (char)c;
    any = 1;
  }
  ungetc(c, file);
  if (to) *to = '\0';
  return any;
}

int vfscanf(FILE *file, const char *format, va_list list) {
  int done = 0, c;
  for (; *format; ++format) {
    unsigned width = 0;
    unsigned long value;
    unsigned char flags = 0;
    if (isspace(*format)) {
      ungetc(skip_space(file), file);
      continue;
    }
    if (*format != '%' || *++format == '%') {
      c = fgetc(file);
      if (c == *format) continue;
      ungetc(c, file);
      break;
    }
    if (*format == '*') flags = SKIPPED, ++format;
    while (isdigit(*format)) width = width * 10 + (*format++ - '0');
    while (*format == 'l' || *format == 'h') flags |= *format++ == 'l' ? LONG : 0;
    if (!*format) break;
    if (*format == 'c') {
      char *to = flags & SKIPPED ? NULL : va_arg(list, char *);
      if (width == 0) width = 1;
      while (width > 0 && (c = fgetc(file)) != EOF) {
        if (to) *to++ = (char)c;
        --width;
      }
      if (width > 0) break;
    } else if (*format == 's') {
      if (!word(file, width ? width : 0xffff, flags & SKIPPED ? NULL : va_arg(list, char *))) break;
    } else {
      if (!number(file, *format == 'x' ? 16 : 10, width ? width : 0xffff, &value)) break;
      if (!(flags & SKIPPED)) {
        void *to = va_arg(list, void *);
        if (flags & LONG) *(unsigned long *)to = value;
        else *(unsigned *)to = (unsigned)value;
      }
    }
    if (!(flags & SKIPPED)) ++done;
  }
  return done == 0 && feof(file) ? EOF : done;
}

int fscanf(FILE *file, const char *format, ...) {
  int done;
  va_list list;
  va_start(list, format);
  done = vfscanf(file, format, list);
  va_end(list);
  return done;
}

/* Formatted output to files, by the formatter of sdcc's own library. */
#include "file.h"

typedef void (*put_t)(char c, void *file);
int _print_format(put_t put, void *file, const char *format, va_list list);

static void put(char c, void *file) { fputc(c, file); }

int vfprintf(FILE *file, const char *format, va_list list) { return _print_format(put, file, format, list); }

int fprintf(FILE *file, const char *format, ...) {
  int count;
  va_list list;
  va_start(list, format);
  count = vfprintf(file, format, list);
  va_end(list);
  return count;
}

/* CP/M does not tell why. */
void perror(const char *text) {
  if (text && *text) fprintf(stderr, "%s: ", text);
  fputs("the call failed\n", stderr);
}

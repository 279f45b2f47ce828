#include "console.h"

#include <stdio.h>

#include "cmos.h"
#include "system.h"

/* Not a call that would draw stdio into every program: it is there when the program itself uses it.
 */
extern int fflush(FILE*) __attribute__((weak));

/* The call delivers one byte, so this asks for a line at a time: a person sees the answer to a line
 * as soon as it is entered, and a program that reads a whole file pays one call per byte in either
 * case. */
ssize_t __cmos_console_read(void* buffer, size_t size) {
  /* The end of input that cut a read short is due at the next one: on a terminal the kernel would
   * wait for a second Ctrl-D. */
  static int at_end;
  unsigned char* bytes = buffer;
  size_t count = 0;
  if (size == 0) return 0;
  if (at_end) {
    at_end = 0;
    return 0;
  }
  /* A prompt without a newline is still in the buffer of stdout. */
  if (fflush) fflush(stdout);
  while (count < size) {
    const int byte = cmos_stdin(CMOS_STDIN_TERMINAL);
    if (byte < 0) {
      at_end = count > 0;
      break;
    }
    bytes[count++] = (unsigned char)byte;
    if (byte == '\n') break;
  }
  return (ssize_t)count;
}

ssize_t __cmos_console_write(const void* data, size_t size) {
  return __cmos_result(cmos_stdout(data, size, NULL));
}

/* A kernel that has one display for all shows it there. */
ssize_t __cmos_console_write_error(const void* data, size_t size) {
  const intptr_t result = cmos_stderr(data, size);
  return result == CPE_ERROR_NOSYS ? __cmos_console_write(data, size) : __cmos_result(result);
}

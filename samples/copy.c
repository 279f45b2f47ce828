/* Copies a file: `copy FROM TO`. TO may be a directory, which gets a file of the same name. Nothing
 * is overwritten, and when copying fails, no half of a file stays.
 *
 *     cmos-run --mount 'Cmos:\here=.' copy.cpe 'Cmos:\here\README.md' 'Cmos:\data\readme.txt'
 */
#include "text.h"

enum { kPathSize = 1024 };

/* Where the copy goes: `to`, or the name of `from` in it. 0 when the path is too long. */
static int target(char* path, const char* from, const char* to) {
  struct cmos_stat about;
  size_t length = cmos_length(to);
  if (length >= kPathSize) return 0;
  __builtin_memcpy(path, to, length + 1);
  if (cmos_stat(to, length, &about) < 0 || about.kind != CMOS_KIND_DIRECTORY) return 1;
  const char* name = from;
  for (; *from != 0; ++from) {
    if (*from == '\\') name = from + 1;
  }
  if (length + 1 + cmos_length(name) >= kPathSize) return 0;
  if (length > 0 && path[length - 1] != '\\') path[length++] = '\\';
  __builtin_memcpy(path + length, name, cmos_length(name) + 1);
  return 1;
}

/* Copies all that `in` holds. On an error `*failed` is the name of the file that had it. */
static intptr_t copy(intptr_t in, intptr_t out, const char* from, const char* to,
                     const char** failed) {
  static char buffer[65536];
  for (;;) {
    *failed = from;
    const intptr_t count = cmos_read(in, buffer, sizeof buffer);
    if (count == 0 || cmos_is_error(count)) return count;
    *failed = to;
    for (intptr_t done = 0; done < count;) {
      const intptr_t written = cmos_write(out, buffer + done, (size_t)(count - done));
      if (written == 0) return CPE_ERROR_NO_SPACE;
      if (cmos_is_error(written)) return written;
      done += written;
    }
  }
}

static int fail(const char* path, intptr_t error) {
  cmos_print("copy: ");
  print_failure(path, error);
  return 1;
}

int main(int argc, char** argv) {
  static char to[kPathSize];
  if (argc != 3) {
    cmos_print("usage: copy FROM TO\n");
    return 2;
  }
  const char* from = argv[1];
  struct cmos_stat about;
  const intptr_t found = cmos_stat(from, cmos_length(from), &about);
  if (cmos_is_error(found)) return fail(from, found);
  if (about.kind == CMOS_KIND_DIRECTORY) return fail(from, CPE_ERROR_IS_DIRECTORY);
  if (!target(to, from, argv[2])) return fail(argv[2], CPE_ERROR_INVALID);

  const intptr_t in = cmos_open(from, cmos_length(from), CMOS_OPEN_READ);
  if (cmos_is_error(in)) return fail(from, in);
  const intptr_t out =
      cmos_open(to, cmos_length(to), CMOS_OPEN_WRITE | CMOS_OPEN_CREATE | CMOS_OPEN_EXCLUSIVE);
  if (cmos_is_error(out)) return fail(to, out);
  const char* failed = to;
  const intptr_t done = copy(in, out, from, to, &failed);
  cmos_close(in);
  cmos_close(out);
  if (cmos_is_error(done)) {
    cmos_remove(to, cmos_length(to));
    return fail(failed, done);
  }
  cmos_print("copied to ");
  cmos_print(to);
  cmos_print("\n");
  return 0;
}

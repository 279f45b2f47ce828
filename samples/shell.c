/* A small shell: shows directories and files and runs programs of any ARCH, with this console and
 * these files.
 *
 *     cmos-run --mount 'Cmos:\bin=samples/bin:ro' shell.cpe
 *     Cmos> run Cmos:\bin\AR64\arguments.cpe one "two words"
 */
#include "text.h"

enum { kLineSize = 1024, kWords = 32, kPathSize = 1024 };

static const char kHelp[] =
    "list [DIRECTORY]            its names (Cmos:\\data without one)\n"
    "type FILE                   what is in it\n"
    "run PROGRAM [ARGUMENTS]     a path, or the name of an installed program\n"
    "help\n"
    "exit [STATUS]\n";

/* Cuts a line into words; "..." keeps spaces. Their number, or -1 when there are too many or a
 * quote is open. */
static int split(char* line, char** words) {
  int count = 0;
  for (;;) {
    while (*line == ' ' || *line == '\t') ++line;
    if (*line == 0) return count;
    if (count == kWords) return -1;
    char* to = words[count++] = line;
    int quoted = 0;
    for (; *line != 0 && (quoted || (*line != ' ' && *line != '\t')); ++line) {
      if (*line == '"') {
        quoted = !quoted;
      } else {
        *to++ = *line;
      }
    }
    if (quoted) return -1;
    if (*line != 0) ++line;
    *to = 0;
  }
}

/* "first\second" in `path`, which has kPathSize bytes; its length, or 0 when that is too long. */
static size_t join(char* path, const char* first, const char* second) {
  const size_t a = cmos_length(first), b = cmos_length(second);
  if (a + b + 2 > kPathSize) return 0;
  __builtin_memcpy(path, first, a);
  path[a] = '\\';
  __builtin_memcpy(path + a + 1, second, b + 1);
  return a + 1 + b;
}

static void list(const char* directory) {
  static char path[kPathSize];
  char name[256];
  const intptr_t handle = cmos_open(directory, cmos_length(directory), CMOS_OPEN_READ);
  intptr_t length = handle;
  while (!cmos_is_error(length)) {
    length = cmos_list(handle, name, sizeof name - 1);
    if (length <= 0) break;
    name[length] = 0;
    cmos_print(name);
    struct cmos_stat about;
    const size_t path_length = join(path, directory, name);
    const int known = path_length > 0 && !cmos_is_error(cmos_stat(path, path_length, &about));
    cmos_print(known && about.kind == CMOS_KIND_DIRECTORY ? "\\\n" : "\n");
  }
  if (!cmos_is_error(handle)) cmos_close(handle);
  if (cmos_is_error(length)) print_failure(directory, length);
}

static void type(const char* file) {
  static char buffer[4096];
  const intptr_t handle = cmos_open(file, cmos_length(file), CMOS_OPEN_READ);
  intptr_t count = handle;
  while (!cmos_is_error(count)) {
    count = cmos_read(handle, buffer, sizeof buffer);
    if (count <= 0) break;
    cmos_stdout(buffer, (size_t)count, NULL);
  }
  if (!cmos_is_error(handle)) cmos_close(handle);
  if (cmos_is_error(count)) print_failure(file, count);
}

/* exec_cpe's form of arguments: u32 count, then u32 length and the bytes of each, not aligned. */
static void pack(unsigned char* block, int count, char** words) {
  const uint32_t number = (uint32_t)count;
  __builtin_memcpy(block, &number, 4);
  block += 4;
  for (int i = 0; i < count; ++i) {
    const uint32_t length = (uint32_t)cmos_length(words[i]);
    __builtin_memcpy(block, &length, 4);
    __builtin_memcpy(block + 4, words[i], length);
    block += 4 + length;
  }
}

static int has_backslash(const char* text) {
  while (*text != 0 && *text != '\\') ++text;
  return *text != 0;
}

static void run(int count, char** words) {
  static unsigned char arguments[4 + 4 * kWords + kLineSize];
  static char path[kPathSize];
  const char* program = words[0];
  pack(arguments, count - 1, words + 1);
  intptr_t status = cmos_exec_cpe(program, cmos_length(program), arguments);
  if (status == CPE_ERROR_NOT_FOUND && !has_backslash(program)) {
    const size_t length = join(path, "Cmos:\\sys_apps", program);
    if (length > 0) status = cmos_exec_cpe(path, length, arguments);
  }
  if (cmos_is_error(status)) {
    print_failure(program, status);
  } else if (status != 0) {
    cmos_print("exit status ");
    print_number((uint32_t)status);
    cmos_print("\n");
  }
}

static void execute(int count, char** words) {
  if (same_text(words[0], "list") && count <= 2) {
    list(count > 1 ? words[1] : "Cmos:\\data");
  } else if (same_text(words[0], "type") && count == 2) {
    type(words[1]);
  } else if (same_text(words[0], "run") && count >= 2) {
    run(count - 1, words + 1);
  } else if (same_text(words[0], "help")) {
    cmos_print(kHelp);
  } else {
    cmos_print(words[0]);
    cmos_print(": not understood; help shows the commands\n");
  }
}

int main(void) {
  static char line[kLineSize];
  char* words[kWords];
  for (;;) {
    cmos_print_colour("Cmos> ", CMOS_RGB(0x50, 0x80, 0xf0));
    const int length = read_line(line, kLineSize);
    if (length < 0) {
      cmos_print("\n");
      return 0;
    }
    const int count = length < kLineSize - 1 ? split(line, words) : -1;
    if (count < 0) {
      cmos_print("too long, too many words, or a \" is missing\n");
    } else if (count > 0 && same_text(words[0], "exit") && count <= 2) {
      const int32_t status = count > 1 ? parse_number(words[1]) : 0;
      return status < 0 ? 2 : status;
    } else if (count > 0) {
      execute(count, words);
    }
  }
}

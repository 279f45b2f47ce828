/* The start of a C program with this library: arguments, constructors, main(argc, argv, environ),
 * exit(). */
#include "start.h"

#include <stdlib.h>

#include "system.h"

int main(int argc, char** argv, char** environment);
int _start(void);

extern char** environ;
const char* __cmos_program = "";

static void destructors(void) {
  cmos_destroy();
}

__attribute__((section(".text.cmos_start"), used)) int _start(void) {
  const size_t size = cmos_texts_size(CMOS_SYS_arguments);
  unsigned char* block = __builtin_alloca(size);
  const uint32_t count = cmos_fetch_texts(CMOS_SYS_arguments, block, size);
  char** argv = __builtin_alloca((count + 1) * sizeof(char*));
  cmos_split_texts(block, count, argv);
  const size_t texts = cmos_texts_size(CMOS_SYS_environment);
  if (texts > 0) {
    unsigned char* variables = __builtin_alloca(texts);
    const uint32_t found = cmos_fetch_texts(CMOS_SYS_environment, variables, texts);
    environ = __builtin_alloca((found + 1) * sizeof(char*));
    cmos_split_texts(variables, found, environ);
  }
  if (count > 0) __cmos_program = argv[0];
  /* Registered first, so run last: after what the program itself gave to atexit(). */
  atexit(destructors);
  cmos_construct();
  exit(main((int)count, argv, environ));
}

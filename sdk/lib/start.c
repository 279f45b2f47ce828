/* The start of a freestanding C or C++ program: constructors, main(argc, argv), destructors, exit. */
#include "start.h"

int main(int argc, char** argv);
int _start(void);

__attribute__((section(".text.cmos_start"), used)) int _start(void) {
  const size_t size = cmos_texts_size(CMOS_SYS_arguments);
  unsigned char* block = (unsigned char*)__builtin_alloca(size);
  const uint32_t count = cmos_fetch_texts(CMOS_SYS_arguments, block, size);
  char** argv = (char**)__builtin_alloca((count + 1) * sizeof(char*));
  cmos_split_texts(block, count, argv);
  cmos_construct();
  const int status = main((int)count, argv);
  cmos_destroy();
  cmos_exit(status);
}

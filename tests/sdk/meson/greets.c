#include <stdio.h>
#include <string.h>

const char* word(void);

int main(int argc, char** argv) {
  printf("Hello, %s\n", word());
  return argc == 2 && strcmp(argv[1], word()) == 0 ? 0 : 1;
}

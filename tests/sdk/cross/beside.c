#include <stdio.h>
int main(int argc, char** argv) {
  (void)argv;
  printf("%d words\n", argc);
  return 0;
}

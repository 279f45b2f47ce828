#include <stdio.h>

#include "shapes.h"

int main(int argc, char** argv) {
  printf("%.3f in all, %d corners\n", total_area(), corners());
  return argc > 1 && argv[1][0] != '7';
}

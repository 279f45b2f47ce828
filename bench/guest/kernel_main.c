/* Calls a kernel, of COIL or of C, natively. */
#include <stdio.h>
#include <stdlib.h>

long kernel(long n);

int main(int count, char** arguments) {
  if (count != 2) return 2;
  printf("%ld\n", kernel(atol(arguments[1])));
  return 0;
}

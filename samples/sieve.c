/* Eratosthenes' sieve: variables, zero-filled memory and arithmetic. `sieve LIMIT` counts the primes below LIMIT. */
#include "text.h"

#define MOST 2000000u
static uint8_t composite[MOST];

static uint32_t count_primes(uint32_t limit) {
  uint32_t count = 0;
  for (uint32_t i = 2; i < limit; ++i) {
    if (composite[i]) continue;
    ++count;
    for (uint64_t multiple = (uint64_t)i * i; multiple < limit; multiple += i) composite[multiple] = 1;
  }
  return count;
}

int main(int argc, char** argv) {
  const int32_t wanted = argc > 1 ? parse_number(argv[1]) : 100000;
  if (wanted < 0 || (uint32_t)wanted > MOST) {
    cmos_print("a limit from 0 to 2000000, please\n");
    return 1;
  }
  cmos_print("primes below ");
  print_number((uint32_t)wanted);
  cmos_print(": ");
  print_number(count_primes((uint32_t)wanted));
  cmos_print("\n");
  return 0;
}

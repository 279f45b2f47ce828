/* grow: asks for memory piece by piece, fills it, gives some back, and asks for more than there can be. */
#include "text.h"

#define PIECE 65536

static uint32_t fill(uint8_t* piece, uint32_t seed) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < PIECE; ++i) piece[i] = (uint8_t)(i * seed);
  for (uint32_t i = 0; i < PIECE; ++i) sum += piece[i];
  return sum;
}

int main(void) {
  const intptr_t start = cmos_grow(0);
  uint32_t sum = 0;
  for (uint32_t i = 1; i <= 16; ++i) {
    const intptr_t piece = cmos_grow(PIECE);
    if (cmos_is_error(piece)) return 1;
    sum += fill((uint8_t*)piece, i);
  }
  cmos_print("grown by ");
  print_number((uint32_t)(cmos_grow(0) - start));
  cmos_print(" bytes, sum ");
  print_number(sum);
  cmos_print("\n");
  cmos_grow(-4 * PIECE);
  cmos_print("after giving back: ");
  print_number((uint32_t)(cmos_grow(0) - start));
  cmos_print("\n");
  const intptr_t too_much = cmos_grow(0x7f000000);
  cmos_print(too_much == CPE_ERROR_NO_MEMORY ? "2 GiB: no memory\n" : "2 GiB: unexpected\n");
  return 0;
}

// Memory-bound work: dependent random reads and writes over 32 MiB.
#include "port.h"

enum { kWords = 8 << 20 };
static u32 words[kWords];

u32 workload(void) {
  for (u32 i = 0; i < kWords; ++i) words[i] = i * 2654435761u;
  u32 at = 1, sum = 0;
  for (u32 i = 0; i < 6000000; ++i) {
    at = (at * 1664525u + 1013904223u) ^ (words[at & (kWords - 1)] >> 9);
    u32 slot = at & (kWords - 1);
    words[slot] += i;
    sum += words[slot];
  }
  return sum;
}

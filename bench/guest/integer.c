// Integer work: a sieve, a sort and a hash table.
#include "port.h"

enum { kLimit = 2000000, kItems = 200000, kSlots = 1 << 18 };
static u8 composite[kLimit];
static u32 items[kItems];
static u32 slots[kSlots];

static u32 seed = 12345;
static u32 next_random(void) { return seed = seed * 1664525u + 1013904223u; }

static u32 sieve(void) {
  u32 count = 0;
  for (u32 i = 2; i < kLimit; ++i) composite[i] = 0;
  for (u32 i = 2; i < kLimit; ++i) {
    if (composite[i]) continue;
    ++count;
    for (u32 j = i + i; j < kLimit; j += i) composite[j] = 1;
  }
  return count;
}

static void sort(u32* a, int low, int high) {
  while (low < high) {
    u32 pivot = a[(low + high) / 2];
    int i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) ++i;
      while (a[j] > pivot) --j;
      if (i <= j) {
        u32 t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - low < high - i) {
      sort(a, low, j);
      low = i;
    } else {
      sort(a, i, high);
      high = j;
    }
  }
}

static u32 hash(void) {
  u32 probes = 0;
  for (u32 i = 0; i < kSlots; ++i) slots[i] = 0;
  for (u32 i = 0; i < kItems; ++i) {
    u32 key = items[i] | 1;
    u32 at = (key * 2654435761u) >> 14;
    while (slots[at] && slots[at] != key) {
      at = (at + 1) & (kSlots - 1);
      ++probes;
    }
    slots[at] = key;
  }
  return probes;
}

u32 workload(void) {
  u32 sum = 0;
  for (int round = 0; round < 12; ++round) {
    sum = sum * 31 + sieve();
    for (u32 i = 0; i < kItems; ++i) items[i] = next_random();
    sort(items, 0, kItems - 1);
    sum = sum * 31 + items[kItems / 2];
    sum = sum * 31 + hash();
  }
  return sum;
}

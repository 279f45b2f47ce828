// Pointers to functions and to pointers, variable arguments, matrices, an allocator of blocks.
#include <stdarg.h>
#include "port.h"
static u32 twice(u32 x) {
  return x * 2;
}
static u32 square(u32 x) {
  return x * x;
}
static u32 (*const kSteps[])(u32) = {twice, square, twice, twice};
static u32 total(int n, ...) {
  va_list list;
  u32 all = 0;
  va_start(list, n);
  for (int i = 0; i < n; ++i) all = all * 3 + (i % 2 ? *va_arg(list, u32*) : va_arg(list, u32));
  va_end(list);
  return all;
}
struct block {
  struct block* next;
  u32 size;
};
static u8 arena[4096] __attribute__((aligned(4)));
static struct block* unused;
static void* take(u32 size) {
  size = (size + sizeof(struct block) + 7) & ~7u;
  for (struct block** at = &unused; *at; at = &(*at)->next) {
    struct block* b = *at;
    if (b->size < size) continue;
    if (b->size >= size + 2 * sizeof(struct block)) {
      struct block* rest = (struct block*)((u8*)b + size);
      *rest = (struct block){b->next, b->size - size};
      b->size = size;
      *at = rest;
    } else {
      *at = b->next;
    }
    return b + 1;
  }
  return 0;
}
static void give(void* p) {
  struct block* b = (struct block*)p - 1;
  b->next = unused;
  unused = b;
}
void program(void) {
  static i16 a[7][9], b[9][5], c[7][5];
  u32 x = 3;
  for (int i = 0; i < 12; ++i) x = kSteps[i % 4](x) + 1, mix(x);
  for (u32 i = 0; i < 10; ++i) {
    u32 v[3] = {i * 77777, i << 20, ~i};
    mix(total(4, i, &v[0], v[1], &v[2]));
  }
  for (int i = 0; i < 7; ++i)
    for (int j = 0; j < 9; ++j) a[i][j] = (i16)next(), b[j][i % 5] = (i16)(next() >> 3);
  for (int i = 0; i < 7; ++i)
    for (int j = 0; j < 5; ++j)
      for (int k = 0; k < 9; ++k) c[i][j] += (i16)(a[i][k] * b[k][j]);
  for (i16* p = &c[0][0]; p < &c[7][0]; ++p) mix((u32)*p);
  unused = (struct block*)arena;
  *unused = (struct block){0, sizeof arena};
  void* held[24] = {0};
  for (int i = 0; i < 300; ++i) {
    const u32 slot = next() % 24;
    if (held[slot])
      give(held[slot]), held[slot] = 0;
    else
      held[slot] = take(next() % 120);
    mix(held[slot] ? (u32)((u8*)held[slot] - arena) : 0xffff);
  }
}

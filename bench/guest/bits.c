// Bit tricks: counting, reversing, Gray codes, the game of life in words, queens by masks, products without carries, a cipher.
#include "port.h"

static u32 count(u32 x) {
  x -= x >> 1 & 0x55555555;
  x = (x & 0x33333333) + (x >> 2 & 0x33333333);
  return ((x + (x >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
}
static u32 reverse(u32 x) {
  x = (x & 0x55555555) << 1 | (x >> 1 & 0x55555555);
  x = (x & 0x33333333) << 2 | (x >> 2 & 0x33333333);
  x = (x & 0x0f0f0f0f) << 4 | (x >> 4 & 0x0f0f0f0f);
  return x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24;
}

static u32 queens(u32 all, u32 columns, u32 left, u32 right) {
  if (columns == all) return 1;
  u32 found = 0;
  for (u32 free = all & ~(columns | left | right); free;) {
    u32 one = free & -free;
    free ^= one;
    found += queens(all, columns | one, (left | one) << 1, (right | one) >> 1);
  }
  return found;
}

static u64 product(u32 a, u32 b) {
  u64 sum = 0;
  for (int bit = 0; bit < 32; ++bit) sum ^= (u64)a << bit & -(u64)(b >> bit & 1);
  return sum;
}

static u64 board[66];
static void live(void) {
  u64 next[66] = {0};
  for (int y = 1; y <= 64; ++y) {
    u64 ones = 0, twos = 0, fours = 0;
    for (int dy = -1; dy <= 1; ++dy) {
      u64 row = board[y + dy], around[3] = {row << 1 | row >> 63, row >> 1 | row << 63, dy ? row : 0};
      for (int i = 0; i < 3; ++i) {
        u64 carry = ones & around[i];
        ones ^= around[i];
        fours |= twos & carry;
        twos ^= carry;
      }
    }
    next[y] = twos & ~fours & (ones | board[y]);
  }
  for (int y = 0; y < 66; ++y) board[y] = next[y];
}

static void encipher(u32* v, const u32* key) {
  u32 a = v[0], b = v[1], sum = 0;
  for (int round = 0; round < 32; ++round) {
    a += ((b << 4 ^ b >> 5) + b) ^ (sum + key[sum & 3]);
    sum += 0x9e3779b9;
    b += ((a << 4 ^ a >> 5) + a) ^ (sum + key[sum >> 11 & 3]);
  }
  v[0] = a;
  v[1] = b;
}

u32 workload(void) {
  u32 sum = queens((1u << 10) - 1, 0, 0, 0), block[2] = {1, 2};
  static const u32 kKey[4] = {0x01234567, 0x89abcdef, 0xfedcba98, 0x76543210};
  for (int y = 1; y <= 64; ++y) board[y] = (u64)reverse((u32)y * 2654435761u) << 32 | (u32)y * 40503u;
  for (u32 i = 0; i < 500000; ++i) {
    encipher(block, kKey);
    u64 wide = product(block[0], i);
    sum += count(block[1]) + (reverse(i) ^ i >> 1) + (u32)(wide >> 32) + (u32)__builtin_clz(i | 1);
    if (i % 64 == 0) live();
  }
  for (int y = 1; y <= 64; ++y) sum = sum * 31 + (u32)(board[y] ^ board[y] >> 32);
  return sum;
}

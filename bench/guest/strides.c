// Strided and conflicting access: arrays that lie multiples of 1 MiB apart, whose pages every table that is indexed by the
// low bits of an address puts into one place; columns of a large matrix; a stencil over three of its planes.
#include "port.h"

enum { kMega = 1 << 20, kArrays = 14, kSide = 1024, kWords = kArrays * kMega / 4 };
static u32 words[kWords] __attribute__((aligned(4096)));

static u32 apart(u32 stride, u32 rounds) {
  u32 sum = 0;
  for (u32 round = 0; round < rounds; ++round) {
    for (u32 i = 0; i < 16384; i += 16) {
      for (u32 j = 0; j < kArrays; ++j) {
        u32 at = (j * stride + ((i & 4095) + round * 64)) / 4 % kWords;
        sum += words[at];
        words[at] = sum ^ i;
      }
    }
  }
  return sum;
}

static u32 columns(u32 rounds) {
  u32 sum = 0;
  for (u32 round = 0; round < rounds; ++round) {
    for (u32 x = round; x < kSide; x += 16) {
      for (u32 y = 0; y < kSide; ++y) sum = (sum ^ words[y * kSide + x]) * 16777619u;
    }
  }
  return sum;
}

static u32 stencil(u32 rounds) {
  u32* a = words;
  u32* b = words + 4 * kMega / 4;
  u32* c = words + 8 * kMega / 4;
  for (u32 round = 0; round < rounds; ++round) {
    for (u32 y = 1; y < kSide - 1; y += 2) {
      for (u32 x = 1; x < 257; ++x) {
        u32 at = y * kSide + x;
        c[at] = (a[at - 1] + a[at + 1] + b[at - kSide] + b[at + kSide] + c[at]) >> 1;
      }
    }
  }
  return c[kSide * kSide / 2 + 3];
}

u32 workload(void) {
  u32 sum = apart(kMega, 300);
  sum = sum * 31 + apart(kMega / 2, 300);
  sum = sum * 31 + columns(96);
  return sum * 31 + stencil(40);
}

// The workload of the Z80: primes, sorted numbers and a check sum of 32 bits, which it prints. For CP/M, with the SDK's
// start-up code, and with -DSZ80 for sdcc's simulator, where a byte of memory is the way out.
typedef unsigned char u8;
typedef unsigned int u16;
typedef unsigned long u32;

enum { kRounds = 5, kFlags = 4096, kNumbers = 512 };

static u8 flags[kFlags];
static u16 numbers[kNumbers];
static u16 seed = 1;
static u32 sum = 0xffffffff;

#ifdef SZ80
static volatile u8 __at(0xefff) simulator;
static void put(char c) {
  simulator = 'w';
  simulator = c;
}
static void end(void) { simulator = 's'; }
#else
#include <stdio.h>
static void put(char c) { putchar(c); }
static void end(void) {}
#endif

static void mix(u8 byte) {
  sum ^= byte;
  for (u8 i = 0; i < 8; ++i) sum = sum & 1 ? sum >> 1 ^ 0xedb88320ul : sum >> 1;
}

static void primes(void) {
  for (u16 i = 0; i < kFlags; ++i) flags[i] = 1;
  for (u16 i = 2; i < kFlags; ++i) {
    if (!flags[i]) continue;
    mix((u8)i);
    for (u16 k = i + i; k < kFlags; k += i) flags[k] = 0;
  }
}

static void sort(void) {
  for (u16 i = 0; i < kNumbers; ++i) numbers[i] = seed = seed * 25173u + 13849u;
  for (u16 i = 1; i < kNumbers; ++i) {
    const u16 x = numbers[i];
    u16 j = i;
    for (; j > 0 && numbers[j - 1] > x; --j) numbers[j] = numbers[j - 1];
    numbers[j] = x;
  }
  for (u16 i = 0; i < kNumbers; i += 8) mix((u8)(numbers[i] >> 8));
}

int main(void) {
  for (u8 round = 0; round < kRounds; ++round) {
    primes();
    sort();
  }
  for (u8 i = 0; i < 8; ++i) {
    put("0123456789abcdef"[(u8)(sum >> 28)]);
    sum <<= 4;
  }
  end();
  return 0;
}

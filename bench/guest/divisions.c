// Integer division, with and without sign: greatest common divisors, powers modulo a prime, decimals, dates.
#include "port.h"

// ARMv7 without the extension for it has no instruction that divides: one shift after the other.
#if defined(__arm__)
u32 __aeabi_uidiv(u32 value, u32 by) {
  if (by > value) return 0;
  u32 result = 0;
  for (int shift = __builtin_clz(by) - __builtin_clz(value); shift >= 0; --shift) {
    if (value < by << shift) continue;
    value -= by << shift;
    result |= 1u << shift;
  }
  return result;
}
u64 __aeabi_uidivmod(u32 value, u32 by) {
  u32 result = __aeabi_uidiv(value, by);
  return (u64)(value - result * by) << 32 | result;
}
int __aeabi_idiv(int value, int by) {
  u32 result = __aeabi_uidiv(value < 0 ? 0u - (u32)value : (u32)value, by < 0 ? 0u - (u32)by : (u32)by);
  return (int)((value ^ by) < 0 ? 0u - result : result);
}
u64 __aeabi_idivmod(int value, int by) {
  int result = __aeabi_idiv(value, by);
  return (u64)(u32)(value - result * by) << 32 | (u32)result;
}
#endif

static u32 common(u32 a, u32 b) {
  while (b) {
    u32 t = a % b;
    a = b;
    b = t;
  }
  return a;
}

static u32 power(u32 base, u32 exponent, u32 modulus) {
  u32 result = 1;
  for (base %= modulus; exponent; exponent >>= 1) {
    if (exponent & 1) result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}

static u32 digits(u32 value, volatile u32* base) {
  u32 sum = 0;
  for (u32 by = *base; value; value /= by) sum = sum * 11 + value % by;
  return sum;
}

static int weekday(int days, volatile int* week, volatile int* era) {
  int centuries = days / *era, in_era = days % *era;
  return (centuries * 5 + in_era) % *week;
}

static u32 collatz(u32 limit, volatile u32* three) {
  u32 most = 0;
  for (u32 start = 1; start < limit; ++start) {
    u32 steps = 0;
    for (u64 n = start; n != 1; ++steps) n = n & 1 ? n * *three + 1 : n >> 1;
    if (steps > most) most = steps;
  }
  return most;
}

// Fewer where each division is a loop.
#if defined(__arm__)
enum { kNumbers = 60000, kStarts = 12000 };
#else
enum { kNumbers = 300000, kStarts = 60000 };
#endif

u32 workload(void) {
  volatile int week = 7, era = 146097;
  volatile u32 three = 3, ten = 10;
  u32 sum = 0, seed = 5;
  for (u32 i = 1; i < kNumbers; ++i) {
    seed = seed * 1664525u + 1013904223u;
    sum = sum * 31 + common(seed, i * 2654435761u | 1) + digits(seed, &ten) / (i & 15 ? i & 15 : 16);
    sum += (u32)weekday((int)seed, &week, &era) + power(seed, i, 65521 - (i & 7));
  }
  return sum + collatz(kStarts, &three);
}

// 64-bit arithmetic.
#include "wide.h"
static u64 power(u64 base, u32 exponent, u64 modulus) {
  u64 r = 1;
  for (; exponent; exponent >>= 1, base = base * base % modulus)
    if (exponent & 1) r = r * base % modulus;
  return r;
}
static u64 greatest(u64 a, u64 b) {
  while (b) {
    const u64 r = a % b;
    a = b;
    b = r;
  }
  return a;
}
void program(void) {
  for (int i = 0; i < 120; ++i) {
    const u64 a = (u64)wide_next() << 32 | wide_next(),
              b = (u64)(wide_next() >> (i & 31)) << (i & 15) | 1;
    mix_wide(a + b), mix_wide(a - b), mix_wide(a * b), mix_wide(a / b), mix_wide(a % b);
    mix_wide((u64)((i64)a / (i64)b)), mix_wide((u64)(-(i64)(a >> 3) % (i64)b));
    mix_wide(a << (i & 63)), mix_wide(a >> (i & 63)), mix_wide((u64)((i64)a >> (i & 63)));
    mix(a < b), mix((i64)a < (i64)b), mix_wide(-a ^ ~b), mix_wide((u64)(i32)a * (u64)(u32)b);
  }
  mix_wide(power(3, 65537, 4294967291u));
  mix_wide(greatest(6700417ull * 4294967296ull * 81, 6700417ull * 1000000));
}

// Floating point without a unit for it: the compiler calls these functions for single precision;
// rounding is to nearest.
#include "wide.h"
typedef union {
  float f;
  u32 u;
} Single;
static u32 packed(u32 sign, i32 exponent, u64 fraction) {
  // The value is fraction * 2^(exponent - 63 - 127); the leading bit comes to the top, what is
  // below 24 bits is rounded.
  if (fraction == 0) return sign;
  while (!(fraction >> 63)) fraction <<= 1, --exponent;
  u64 kept = fraction >> 40;
  const u64 rest = fraction & 0xffffffffffull;
  if (rest > 0x8000000000ull || (rest == 0x8000000000ull && (kept & 1))) ++kept;
  if (kept >> 24) kept >>= 1, ++exponent;
  if (exponent >= 255) return sign | 0x7f800000u;
  return exponent <= 0 ? sign : sign | (u32)exponent << 23 | ((u32)kept & 0x7fffffu);
}
static i32 exponent_of(u32 u) {
  return (i32)(u >> 23 & 255);
}
static u64 fraction_of(u32 u) {
  return exponent_of(u) ? (u64)((u & 0x7fffffu) | 0x800000u) << 39 : 0;
}
float __addsf3(float x, float y) {
  Single a = {x}, b = {y}, r;
  if ((a.u & 0x7fffffffu) < (b.u & 0x7fffffffu)) {
    const Single c = a;
    a = b, b = c;
  }
  const i32 by = exponent_of(a.u) - exponent_of(b.u);
  u64 small = fraction_of(b.u);
  small = by > 62 ? small != 0 : small >> by | ((small & (((u64)1 << by) - 1)) != 0);
  const u64 all = (a.u ^ b.u) >> 31 ? fraction_of(a.u) - small : fraction_of(a.u) + small;
  r.u = all == 0 ? a.u & b.u & 0x80000000u : packed(a.u & 0x80000000u, exponent_of(a.u) + 1, all);
  return r.f;
}
float __negsf2(float x) {
  Single a = {x};
  a.u ^= 0x80000000u;
  return a.f;
}
float __subsf3(float x, float y) {
  return __addsf3(x, __negsf2(y));
}
float __mulsf3(float x, float y) {
  Single a = {x}, b = {y}, r;
  const u64 p = (fraction_of(a.u) >> 39) * (fraction_of(b.u) >> 39);
  r.u = packed((a.u ^ b.u) & 0x80000000u, exponent_of(a.u) + exponent_of(b.u) - 127 + 1, p << 16);
  return r.f;
}
float __divsf3(float x, float y) {
  Single a = {x}, b = {y}, r;
  u64 rest;
  const u64 q = divide_di3(fraction_of(a.u), fraction_of(b.u) >> 39, &rest);
  r.u = packed((a.u ^ b.u) & 0x80000000u, exponent_of(a.u) - exponent_of(b.u) + 127,
               q << 24 | (rest != 0));
  return r.f;
}
float __floatsisf(i32 n) {
  Single r;
  r.u = packed(n < 0 ? 0x80000000u : 0, 127 + 63, size_si3(n));
  return r.f;
}
i32 __fixsfsi(float x) {
  const Single a = {x};
  const i32 by = 127 + 62 - exponent_of(a.u);
  const u32 n = by > 62 ? 0 : (u32)(fraction_of(a.u) >> by);
  return (i32)(a.u >> 31 ? -n : n);
}
static i32 order(float x, float y) {
  const Single a = {x}, b = {y};
  if (!((a.u | b.u) & 0x7fffffffu)) return 0;
  const i32 p = (i32)(a.u >> 31 ? 0x80000000u - a.u : a.u),
            q = (i32)(b.u >> 31 ? 0x80000000u - b.u : b.u);
  return p < q ? -1 : p > q;
}
i32 __eqsf2(float x, float y) {
  return order(x, y);
}
i32 __nesf2(float x, float y) {
  return order(x, y);
}
i32 __ltsf2(float x, float y) {
  return order(x, y);
}
i32 __lesf2(float x, float y) {
  return order(x, y);
}
i32 __gtsf2(float x, float y) {
  return order(x, y);
}
i32 __gesf2(float x, float y) {
  return order(x, y);
}

static float root(float x) {
  float r = x;
  for (int i = 0; i < 12; ++i) r = (r + x / r) * 0.5f;
  return r;
}
static void mix_float(float x) {
  const Single a = {x};
  mix(a.u);
}
void program(void) {
  float x = 1.0f, y = 0.25f;
  for (int i = 1; i < 60; ++i) {
    const float n = (float)((i32)wide_next() >> (i & 15)), m = (float)i;
    mix_float(n + m), mix_float(n - m), mix_float(n * m), mix_float(n / m), mix_float(m / n);
    mix((u32)(i32)(m * 1000.0f / 7.0f)), mix(n < m), mix(n >= m * m), mix(n == n + 0.0f);
    x = x * 0.99f + y, y = -y * 0.75f + m / 100.0f;
    mix_float(x), mix_float(root(m));
  }
  hexadecimal((u32)(i32)(root(2.0f) * 1000000.0f));
}

// Bit fields of all widths, signed ones too, across words; single bits.
#include "port.h"
struct fields {
  u32 a : 1, b : 3, c : 7, d : 13, e : 8;
};
struct signed_fields {
  i32 a : 2, b : 5, c : 11, d : 14;
};
struct mixed {
  u8 a : 3;
  u8 b : 5;
  u16 c : 9;
  u16 : 0;
  u16 d : 2;
  u32 e : 30;
};
static u32 population(u32 x) {
  u32 n = 0;
  for (; x; x &= x - 1) ++n;
  return n;
}
static u32 mirrored(u32 x) {
  u32 r = 0;
  for (int i = 0; i < 32; ++i, x >>= 1) r = r << 1 | (x & 1);
  return r;
}
void program(void) {
  static struct fields f[30];
  static struct signed_fields s[30];
  static struct mixed m[30];
  static u8 set[64];
  mix(sizeof *f), mix(sizeof *s), mix(sizeof *m);
  for (int i = 0; i < 30; ++i) {
    const u32 x = wide_next(), y = wide_next();
    f[i].a = x, f[i].b = x >> 1, f[i].c = x >> 4, f[i].d = x >> 11, f[i].e = x >> 24;
    s[i].a = (i32)y, s[i].b = (i32)(y >> 2), s[i].c = (i32)(y >> 7), s[i].d = (i32)(y >> 18);
    m[i].a = (u8)x, m[i].b = (u8)y, m[i].c = (u16)(x ^ y), m[i].d = (u16)(x >> 5), m[i].e = x + y;
  }
  for (int i = 0; i < 30; ++i) {
    f[i].d += f[29 - i].c;
    s[i].c -= s[29 - i].d;
    ++m[i].a, m[i].e ^= f[i].d, m[i].c <<= 1;
    mix(f[i].a), mix(f[i].b), mix(f[i].c), mix(f[i].d), mix(f[i].e);
    mix((u32)s[i].a), mix((u32)s[i].b), mix((u32)s[i].c), mix((u32)s[i].d);
    mix(m[i].a), mix(m[i].b), mix(m[i].c), mix(m[i].d), mix(m[i].e), mix(s[i].b < s[29 - i].b);
  }
  for (int i = 0; i < 200; ++i) {
    const u32 bit = next() % 512;
    if (i % 3)
      set[bit >> 3] |= (u8)(1 << (bit & 7));
    else if (set[bit >> 3] & 1 << (bit & 7))
      set[bit >> 3] ^= (u8)(1 << (bit & 7));
  }
  for (int i = 0; i < 64; ++i) mix(set[i]);
  for (int i = 0; i < 20; ++i) mix(population(wide_next())), mix(mirrored(wide_next()));
}

// All operators on all widths.
#include "port.h"
void program(void) {
  for (int i = 0; i < 600; ++i) {
    const i32 a = (i32)wide_next(), b = (i32)(next() % 2000) - 1000;
    const i16 c = (i16)a, d = (i16)(b | 1);
    const i8 e = (i8)next(), f = (i8)(next() | 1);
    mix((u32)((u32)a + (u32)b)), mix((u32)a - (u32)b), mix((u32)a * (u32)b);
    if (b) mix((u32)(a / b)), mix((u32)(a % b)), mix((u32)a / (u32)b), mix((u32)a % (u32)b);
    mix((u32)(c * d)), mix((u32)(i32)(c / d)), mix((u16)((u16)c % (u16)d)), mix((u32)(c % d));
    mix((u32)(e * f)), mix((u32)(e / f)), mix((u32)(e % f)), mix((u8)((u8)e / (u8)f));
    mix((u32)a << (b & 31)), mix((u32)a >> (b & 31)), mix((u32)(a >> (b & 31)));
    mix((u32)(u16)((u16)c << (d & 15))), mix((u32)(c >> (d & 15))), mix((u32)(i8)(e >> (f & 7)));
    mix((u32)a << (b & 31) | (u32)a >> (-b & 31)), mix((u32)(i32)(i8)a), mix((u32)(i32)(i16)a);
    mix(a < b), mix((u32)a < (u32)b), mix(c <= d), mix((u16)c > (u16)d), mix(e >= f), mix(e == f);
    mix(~(u32)a), mix(-(u32)a), mix((u32)!b), mix((u32)(a ^ b) & (u32)(a | c));
  }
}

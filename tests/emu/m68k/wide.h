// 64-bit arithmetic, which the compiler calls.
#pragma once
#include "port.h"

typedef union {
  u64 all;
  struct {
    u32 high, low;
  } half;
} Halves;

u64 __ashldi3(u64 a, int n) {
  Halves x = {a};
  if (n & 32) x.half.high = x.half.low, x.half.low = 0;
  n &= 31;
  if (n) x.half.high = x.half.high << n | x.half.low >> (32 - n), x.half.low <<= n;
  return x.all;
}
u64 __lshrdi3(u64 a, int n) {
  Halves x = {a};
  if (n & 32) x.half.low = x.half.high, x.half.high = 0;
  n &= 31;
  if (n) x.half.low = x.half.low >> n | x.half.high << (32 - n), x.half.high >>= n;
  return x.all;
}
i64 __ashrdi3(i64 a, int n) {
  Halves x = {(u64)a};
  if (n & 32) x.half.low = x.half.high, x.half.high = (u32)((i32)x.half.high >> 31);
  n &= 31;
  if (n) {
    x.half.low = x.half.low >> n | x.half.high << (32 - n);
    x.half.high = (u32)((i32)x.half.high >> n);
  }
  return (i64)x.all;
}
/// Of 32-bit factors, by words.
static u64 product(u32 a, u32 b) {
  const u32 ah = a >> 16, al = (u16)a, bh = b >> 16, bl = (u16)b;
  const u32 low = al * bl, middle = ah * bl + (low >> 16), other = al * bh + (u16)middle;
  Halves x;
  x.half.high = ah * bh + (middle >> 16) + (other >> 16);
  x.half.low = other << 16 | (u16)low;
  return x.all;
}
u64 __muldi3(u64 a, u64 b) {
  Halves x = {a}, y = {b}, r = {product(x.half.low, y.half.low)};
  r.half.high += x.half.low * y.half.high + x.half.high * y.half.low;
  return r.all;
}
DIVISION(u64, i64, 64, di3)

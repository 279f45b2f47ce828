// Blocks of memory copied, filled, compared and searched: by the `rep` instructions where there are some, else by loops.
#include "port.h"

enum { kBytes = 1 << 16 };
static u8 from[kBytes + 64], to[kBytes + 64];

#if defined(__x86_64__) || defined(__i386__)
static void copy(u8* out, const u8* in, __SIZE_TYPE__ count) { __asm__ volatile("rep movsb" : "+D"(out), "+S"(in), "+c"(count)::"memory"); }
static void copy_words(u32* out, const u32* in, __SIZE_TYPE__ count) {
  __asm__ volatile("rep movsl" : "+D"(out), "+S"(in), "+c"(count)::"memory");
}
static void fill(u8* out, u32 value, __SIZE_TYPE__ count) { __asm__ volatile("rep stosb" : "+D"(out), "+c"(count) : "a"(value) : "memory"); }
static void fill_words(u32* out, u32 value, __SIZE_TYPE__ count) {
  __asm__ volatile("rep stosl" : "+D"(out), "+c"(count) : "a"(value) : "memory");
}
static u32 differs_at(const u8* a, const u8* b, __SIZE_TYPE__ count) {
  const u8* start = a;
  __asm__ volatile("repe cmpsb" : "+S"(a), "+D"(b), "+c"(count)::"memory", "cc");
  return (u32)(a - start);
}
static u32 found_at(const u8* a, u32 wanted, __SIZE_TYPE__ count) {
  const u8* start = a;
  __asm__ volatile("repne scasb" : "+D"(a), "+c"(count) : "a"(wanted) : "memory", "cc");
  return (u32)(a - start);
}
#else
static void copy(u8* out, const u8* in, __SIZE_TYPE__ count) { memcpy(out, in, count); }
static void copy_words(u32* out, const u32* in, __SIZE_TYPE__ count) {
  while (count--) *out++ = *in++;
}
static void fill(u8* out, u32 value, __SIZE_TYPE__ count) { memset(out, (int)value, count); }
static void fill_words(u32* out, u32 value, __SIZE_TYPE__ count) {
  while (count--) *out++ = value;
}
static u32 differs_at(const u8* a, const u8* b, __SIZE_TYPE__ count) {
  const u8* start = a;
  while (count-- && *a++ == *b++) {
  }
  return (u32)(a - start);
}
static u32 found_at(const u8* a, u32 wanted, __SIZE_TYPE__ count) {
  const u8* start = a;
  while (count-- && *a++ != (u8)wanted) {
  }
  return (u32)(a - start);
}
#endif

u32 workload(void) {
  u32 sum = 0;
  for (u32 round = 0; round < 400; ++round) {
    fill_words((u32*)from, 0x01020304u * (round | 1), kBytes / 4);
    from[kBytes - 1 - round] = 255;
    copy(to + 3, from + 1, kBytes);
    copy_words((u32*)(to + 4), (const u32*)from, kBytes / 8);
    sum = sum * 31 + differs_at(from + 1, to + 4, kBytes) + found_at(from, 255, kBytes);
    fill(to, round, kBytes / 2);
    // Short ones, as programs have most of them.
    for (u32 i = 0; i < 2000; ++i) {
      u32 at = (i * 613 + round) % (kBytes - 64);
      copy(to + at, from + i, 5 + i % 37);
      fill(to + i, i, 3 + i % 11);
      sum += to[at + 2];
    }
    sum = sum * 31 + differs_at(to, from, kBytes);
  }
  return sum;
}

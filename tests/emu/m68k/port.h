// What a program for the 68000 needs of its system, on CalamOS and on Linux (qemu-m68k): writing
// and ending. No libc on either side. Also what the compiler calls, since libgcc here is made for
// the 68020.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;

#ifdef CALAMOS
enum { kWrite = 1, kExit = 0 };
#define WORDS(text, size) \
  register u32 d1 __asm__("d1") = (u32)(text), d2 __asm__("d2") = (size), d3 __asm__("d3") = 0
#else
enum { kWrite = 4, kExit = 1 };
#define WORDS(text, size) \
  register u32 d1 __asm__("d1") = 1, d2 __asm__("d2") = (u32)(text), d3 __asm__("d3") = (size)
#endif

static void put(const char* text, u32 size) {
  WORDS(text, size);
  register u32 d0 __asm__("d0") = kWrite;
  __asm__ volatile("trap #0" : "+d"(d0) : "d"(d1), "d"(d2), "d"(d3) : "memory");
}
static void leave(void) {
  register u32 d1 __asm__("d1") = 0;
  register u32 d0 __asm__("d0") = kExit;
  for (;;) __asm__ volatile("trap #0" : : "d"(d0), "d"(d1));
}

/// Of local arrays of bytes that are filled at once: gcc 12 joins their bytes to words at odd
/// addresses, where a 68000 faults and qemu's 68040 does not.
#define EVEN __attribute__((aligned(2)))

// ---- what compilers call

void* memset(void* p, int c, unsigned long n) {
  for (u8* o = p; n; --n) *o++ = (u8)c;
  return p;
}
void* memcpy(void* p, const void* q, unsigned long n) {
  const u8* s = q;
  for (u8* o = p; n; --n) *o++ = *s++;
  return p;
}
u32 __mulsi3(u32 a, u32 b) {
  u32 r = 0;
  for (; b; b >>= 1, a <<= 1)
    if (b & 1) r += a;
  return r;
}
static u32 divide(u32 a, u32 b, u32* rest) {
  u32 q = 0, r = 0;
  for (int i = 31; i >= 0; --i) {
    r = r << 1 | (a >> i & 1);
    if (r >= b) r -= b, q |= (u32)1 << i;
  }
  *rest = r;
  return q;
}
u32 __udivsi3(u32 a, u32 b) {
  u32 r;
  return divide(a, b, &r);
}
u32 __umodsi3(u32 a, u32 b) {
  u32 r;
  divide(a, b, &r);
  return r;
}
static u32 size_of(i32 a) {
  return a < 0 ? -(u32)a : (u32)a;
}
i32 __divsi3(i32 a, i32 b) {
  const u32 q = __udivsi3(size_of(a), size_of(b));
  return (i32)((a < 0) != (b < 0) ? -q : q);
}
i32 __modsi3(i32 a, i32 b) {
  const u32 r = __umodsi3(size_of(a), size_of(b));
  return (i32)(a < 0 ? -r : r);
}

// ---- what programs print

static u32 state = 12345;
static u32 next(void) {
  state = state * 1103515245u + 12345u;
  return state >> 8;
}
static u32 wide_next(void) {
  return next() << 12 ^ next();
}
static u32 sum = 1;
static void mix(u32 value) {
  sum = (sum << 7 | sum >> 25) ^ value * 2654435761u;
}
static void mix_wide(u64 value) {
  mix((u32)value);
  mix((u32)(value >> 32));
}
static void hexadecimal(u32 value) {
  EVEN char line[9];
  for (int i = 0; i < 8; ++i) line[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
  line[8] = '\n';
  put(line, 9);
}

void program(void);
void run(void) {
  program();
  hexadecimal(sum);
  leave();
}
__asm__(".section .text\n.globl _start\n_start: bra.w run\n");

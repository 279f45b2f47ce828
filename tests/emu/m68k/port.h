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
/* Division bit by bit, and gcc's four functions of one width on it: `suffix` is that of libgcc's names. */
#define DIVISION(unsigned_t, signed_t, bits, suffix)                                       \
  static unsigned_t divide_##suffix(unsigned_t a, unsigned_t b, unsigned_t* rest) {         \
    unsigned_t q = 0, r = 0;                                                                \
    for (int i = bits - 1; i >= 0; --i) {                                                   \
      r = r << 1 | (a >> i & 1);                                                            \
      if (r >= b) r -= b, q |= (unsigned_t)1 << i;                                          \
    }                                                                                       \
    *rest = r;                                                                              \
    return q;                                                                               \
  }                                                                                         \
  unsigned_t __udiv##suffix(unsigned_t a, unsigned_t b) {                                   \
    unsigned_t r;                                                                           \
    return divide_##suffix(a, b, &r);                                                       \
  }                                                                                         \
  unsigned_t __umod##suffix(unsigned_t a, unsigned_t b) {                                   \
    unsigned_t r;                                                                           \
    divide_##suffix(a, b, &r);                                                              \
    return r;                                                                               \
  }                                                                                         \
  static unsigned_t size_##suffix(signed_t a) { return a < 0 ? -(unsigned_t)a : (unsigned_t)a; } \
  signed_t __div##suffix(signed_t a, signed_t b) {                                          \
    const unsigned_t q = __udiv##suffix(size_##suffix(a), size_##suffix(b));                \
    return (signed_t)((a < 0) != (b < 0) ? -q : q);                                         \
  }                                                                                         \
  signed_t __mod##suffix(signed_t a, signed_t b) {                                          \
    const unsigned_t r = __umod##suffix(size_##suffix(a), size_##suffix(b));                \
    return (signed_t)(a < 0 ? -r : r);                                                      \
  }
DIVISION(u32, i32, 32, si3)

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

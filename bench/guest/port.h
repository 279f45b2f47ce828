// What a workload needs of its system, on CalamOS and on Linux (for qemu-user and for native runs): printing a number,
// ending, and the cheapest system call there is. No libc on either side, so that both run the same compiler output.
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#ifdef __linux__
#include "linux_call.h"
static inline void port_write(const char* text, long length) { linux_call(kWrite, 1, (long)text, length); }
static inline void port_exit(int code) { linux_call(kExit, code, 0, 0); }
static inline void port_trivial_call(void) { linux_call(kGetppid, 0, 0, 0); }
#if defined(__x86_64__)
static inline long port_open(void) { return linux_call(kOpen, (long)"bench.dat", 0, 0); }
static inline long port_read(long file, void* to, long count) { return linux_call(kRead, file, (long)to, count); }
static inline long port_close(long file) { return linux_call(kClose, file, 0, 0); }
#endif
#else
#include <cmos.h>
static inline void port_write(const char* text, long length) { cmos_stdout(text, (unsigned long)length, 0); }
static inline void port_exit(int code) { cmos_exit(code); }
static inline void port_trivial_call(void) { cmos_grow(0); }
static inline long port_open(void) { return (long)cmos_open("Cmos:\\bench\\bench.dat", 21, CMOS_OPEN_READ); }
static inline long port_read(long file, void* to, long count) { return (long)cmos_read(file, to, (unsigned long)count); }
static inline long port_close(long file) { return (long)cmos_close(file); }
#endif

static void print_number(u32 value) {
  char text[12];
  int at = 11;
  text[at] = '\n';
  do {
    text[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  port_write(text + at, 12 - at);
}

/// The workload: prints nothing, returns a check sum that is the same on both systems.
u32 workload(void);

// Linux enters with an aligned stack, a function expects it as after a call.
#if defined(__i386__) || defined(__x86_64__)
__attribute__((force_align_arg_pointer))
#endif
void _start(void) {
  print_number(workload());
  port_exit(0);
  for (;;) {
  }
}

// Compilers may emit calls to these for loops and structure copies.
void* memset(void* to, int byte, __SIZE_TYPE__ count) {
  u8* out = to;
  while (count--) *out++ = (u8)byte;
  return to;
}
void* memcpy(void* to, const void* from, __SIZE_TYPE__ count) {
  u8* out = to;
  const u8* in = from;
  while (count--) *out++ = *in++;
  return to;
}
#if defined(__arm__) && !defined(__linux__)
// The names by which a compiler for ARM without a system calls them.
void __aeabi_memclr(void* to, __SIZE_TYPE__ count) { memset(to, 0, count); }
void __aeabi_memclr4(void* to, __SIZE_TYPE__ count) { memset(to, 0, count); }
void __aeabi_memclr8(void* to, __SIZE_TYPE__ count) { memset(to, 0, count); }
void __aeabi_memset(void* to, __SIZE_TYPE__ count, int byte) { memset(to, byte, count); }
void __aeabi_memcpy(void* to, const void* from, __SIZE_TYPE__ count) { memcpy(to, from, count); }
void __aeabi_memcpy4(void* to, const void* from, __SIZE_TYPE__ count) { memcpy(to, from, count); }
void __aeabi_memcpy8(void* to, const void* from, __SIZE_TYPE__ count) { memcpy(to, from, count); }
#endif

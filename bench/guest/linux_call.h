// System calls of Linux with up to three arguments, and the numbers of those that the workloads need.
#pragma once

#if defined(__x86_64__)
static inline long linux_call(long n, long a, long b, long c) {
  long r;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return r;
}
enum { kWrite = 1, kExit = 60, kGetppid = 110, kRead = 0, kClose = 3, kOpen = 2, kBreak = 12, kOpenAt = 257, kSeek = 8 };
#elif defined(__i386__)
static inline long linux_call(long n, long a, long b, long c) {
  long r;
  __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c) : "memory");
  return r;
}
enum { kWrite = 4, kExit = 1, kGetppid = 64, kRead = 3, kBreak = 45, kClose = 6, kOpenAt = 295, kSeek = 19 };
#elif defined(__arm__)
static inline long linux_call(long n, long a, long b, long c) {
  register long r7 __asm__("r7") = n;
  register long r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
  return r0;
}
enum { kWrite = 4, kExit = 1, kGetppid = 64, kRead = 3, kBreak = 45, kClose = 6, kOpenAt = 322, kSeek = 19 };
#elif defined(__aarch64__)
static inline long linux_call(long n, long a, long b, long c) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}
enum { kWrite = 64, kExit = 93, kGetppid = 173, kRead = 63, kBreak = 214, kClose = 57, kOpenAt = 56, kSeek = 62 };
#endif

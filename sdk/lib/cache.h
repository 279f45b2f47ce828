/* __clear_cache() of compilers, for code that a program has written: libgcc's asks Linux on ARM. */
#ifndef CMOS_CACHE_H
#define CMOS_CACHE_H

#if defined(__arm__) || defined(__aarch64__)

void __clear_cache(void* begin, void* end);

__attribute__((weak)) void __clear_cache(void* begin, void* end) {
#if defined(__aarch64__)
  unsigned long sizes, line;
  const unsigned long last = (unsigned long)end;
  __asm__ volatile("mrs %0, ctr_el0" : "=r"(sizes));
  line = 4ul << (sizes >> 16 & 15);
  for (unsigned long at = (unsigned long)begin & ~(line - 1); at < last; at += line)
    __asm__ volatile("dc cvau, %0" : : "r"(at) : "memory");
  __asm__ volatile("dsb ish" : : : "memory");
  line = 4ul << (sizes & 15);
  for (unsigned long at = (unsigned long)begin & ~(line - 1); at < last; at += line)
    __asm__ volatile("ic ivau, %0" : : "r"(at) : "memory");
  __asm__ volatile("dsb ish\n\tisb" : : : "memory");
#else
  /* No instruction of user mode does it, and the CPUs of CalamOS see what was written. */
  (void)begin;
  (void)end;
  __asm__ volatile("isb" : : : "memory");
#endif
}

#endif

#endif

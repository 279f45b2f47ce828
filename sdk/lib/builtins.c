/* What compilers call behind the back of freestanding code: memory functions on every ARCH, integer division where the
 * CPU or the register width has none, the stack protector's word and alarm. Weak, so that a C library's own versions win. Link it with --gc-sections: only
 * what is called stays. */
#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "cmos.h"

#define CMOS_BUILTIN __attribute__((weak))
/* Keeps optimisers from turning a byte loop back into a call of the very function it implements. */
#define CMOS_KEEP_LOOP() __asm__ volatile("" ::: "memory")

void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int value, size_t size);
int memcmp(const void* a, const void* b, size_t size);

/* -fstack-protector: the word that a function finds unchanged below its return address. Without start-up code of a C library
 * nobody draws a random one; no text can be copied over this, since it has the bytes at which copying texts ends. */
CMOS_BUILTIN uintptr_t __stack_chk_guard = (uintptr_t)0xff0a0d00ff0a0d00u;

CMOS_NORETURN void __stack_chk_fail(void);
CMOS_BUILTIN void __stack_chk_fail(void) {
  static const char text[] = "*** stack smashing detected ***: terminated\n";
  cmos_stderr(text, sizeof text - 1);
  cmos_exit(134); /* as after abort() of a C library */
}

CMOS_BUILTIN void* memcpy(void* to, const void* from, size_t size) {
  unsigned char* out = (unsigned char*)to;
  const unsigned char* in = (const unsigned char*)from;
  for (size_t i = 0; i < size; ++i) {
    out[i] = in[i];
    CMOS_KEEP_LOOP();
  }
  return to;
}

CMOS_BUILTIN void* memmove(void* to, const void* from, size_t size) {
  unsigned char* out = (unsigned char*)to;
  const unsigned char* in = (const unsigned char*)from;
  if ((uintptr_t)out <= (uintptr_t)in) return memcpy(to, from, size);
  while (size-- > 0) {
    out[size] = in[size];
    CMOS_KEEP_LOOP();
  }
  return to;
}

CMOS_BUILTIN void* memset(void* to, int value, size_t size) {
  unsigned char* out = (unsigned char*)to;
  for (size_t i = 0; i < size; ++i) {
    out[i] = (unsigned char)value;
    CMOS_KEEP_LOOP();
  }
  return to;
}

CMOS_BUILTIN int memcmp(const void* a, const void* b, size_t size) {
  const unsigned char* left = (const unsigned char*)a;
  const unsigned char* right = (const unsigned char*)b;
  for (size_t i = 0; i < size; ++i) {
    if (left[i] != right[i]) return left[i] - right[i];
    CMOS_KEEP_LOOP();
  }
  return 0;
}

#if defined(__i386__) || defined(__arm__)

/* Shift and subtract: 64-bit division without a division of that width. Dividing by 0 gives 0 and the dividend. */
static uint64_t divide64(uint64_t dividend, uint64_t divisor, uint64_t* remainder) {
  uint64_t quotient = 0;
  uint64_t rest = 0;
  if (divisor == 0) {
    *remainder = dividend;
    return 0;
  }
  for (int bit = 63; bit >= 0; --bit) {
    const uint64_t carry = rest >> 63;
    rest = rest << 1 | (dividend >> bit & 1);
    if (carry != 0 || rest >= divisor) {
      rest -= divisor;
      quotient |= (uint64_t)1 << bit;
    }
  }
  *remainder = rest;
  return quotient;
}

static int64_t divide64_signed(int64_t dividend, int64_t divisor, int64_t* remainder) {
  uint64_t rest;
  const uint64_t a = dividend < 0 ? 0 - (uint64_t)dividend : (uint64_t)dividend;
  const uint64_t b = divisor < 0 ? 0 - (uint64_t)divisor : (uint64_t)divisor;
  const uint64_t quotient = divide64(a, b, &rest);
  *remainder = (int64_t)(dividend < 0 ? 0 - rest : rest);
  return (int64_t)((dividend < 0) != (divisor < 0) ? 0 - quotient : quotient);
}

#endif

#if defined(__i386__)

uint64_t __udivdi3(uint64_t dividend, uint64_t divisor);
uint64_t __umoddi3(uint64_t dividend, uint64_t divisor);
int64_t __divdi3(int64_t dividend, int64_t divisor);
int64_t __moddi3(int64_t dividend, int64_t divisor);
uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t* remainder);

CMOS_BUILTIN uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t* remainder) {
  uint64_t rest;
  const uint64_t quotient = divide64(dividend, divisor, &rest);
  if (remainder != NULL) *remainder = rest;
  return quotient;
}
CMOS_BUILTIN uint64_t __udivdi3(uint64_t dividend, uint64_t divisor) {
  uint64_t rest;
  return divide64(dividend, divisor, &rest);
}
CMOS_BUILTIN uint64_t __umoddi3(uint64_t dividend, uint64_t divisor) {
  uint64_t rest;
  divide64(dividend, divisor, &rest);
  return rest;
}
CMOS_BUILTIN int64_t __divdi3(int64_t dividend, int64_t divisor) {
  int64_t rest;
  return divide64_signed(dividend, divisor, &rest);
}
CMOS_BUILTIN int64_t __moddi3(int64_t dividend, int64_t divisor) {
  int64_t rest;
  divide64_signed(dividend, divisor, &rest);
  return rest;
}

#elif defined(__arm__)

/* The ARM run-time ABI: quotient in r0, remainder in r1 (32 bits); r0:r1 and r2:r3 (64 bits). */
uint32_t __aeabi_uidiv(uint32_t dividend, uint32_t divisor);
int32_t __aeabi_idiv(int32_t dividend, int32_t divisor);
uint64_t __aeabi_uidivmod(uint32_t dividend, uint32_t divisor);
uint64_t __aeabi_idivmod(int32_t dividend, int32_t divisor);
uint64_t cmos_udivmod64(uint64_t dividend, uint64_t divisor, uint64_t* remainder);
int64_t cmos_idivmod64(int64_t dividend, int64_t divisor, int64_t* remainder);
void __aeabi_uldivmod(void);
void __aeabi_ldivmod(void);
void __aeabi_memcpy(void* to, const void* from, size_t size);
void __aeabi_memcpy4(void* to, const void* from, size_t size);
void __aeabi_memcpy8(void* to, const void* from, size_t size);
void __aeabi_memmove(void* to, const void* from, size_t size);
void __aeabi_memmove4(void* to, const void* from, size_t size);
void __aeabi_memmove8(void* to, const void* from, size_t size);
void __aeabi_memset(void* to, size_t size, int value);
void __aeabi_memset4(void* to, size_t size, int value);
void __aeabi_memset8(void* to, size_t size, int value);
void __aeabi_memclr(void* to, size_t size);
void __aeabi_memclr4(void* to, size_t size);
void __aeabi_memclr8(void* to, size_t size);

static uint32_t divide32(uint32_t dividend, uint32_t divisor, uint32_t* remainder) {
  uint32_t quotient = 0;
  uint32_t rest = 0;
  if (divisor == 0) {
    *remainder = dividend;
    return 0;
  }
  for (int bit = 31; bit >= 0; --bit) {
    const uint32_t carry = rest >> 31;
    rest = rest << 1 | (dividend >> bit & 1);
    if (carry != 0 || rest >= divisor) {
      rest -= divisor;
      quotient |= (uint32_t)1 << bit;
    }
  }
  *remainder = rest;
  return quotient;
}

CMOS_BUILTIN uint64_t __aeabi_uidivmod(uint32_t dividend, uint32_t divisor) {
  uint32_t rest;
  const uint32_t quotient = divide32(dividend, divisor, &rest);
  return (uint64_t)rest << 32 | quotient;
}
CMOS_BUILTIN uint64_t __aeabi_idivmod(int32_t dividend, int32_t divisor) {
  uint32_t rest;
  const uint32_t a = dividend < 0 ? 0 - (uint32_t)dividend : (uint32_t)dividend;
  const uint32_t b = divisor < 0 ? 0 - (uint32_t)divisor : (uint32_t)divisor;
  uint32_t quotient = divide32(a, b, &rest);
  if ((dividend < 0) != (divisor < 0)) quotient = 0 - quotient;
  if (dividend < 0) rest = 0 - rest;
  return (uint64_t)rest << 32 | quotient;
}
CMOS_BUILTIN uint32_t __aeabi_uidiv(uint32_t dividend, uint32_t divisor) {
  return (uint32_t)__aeabi_uidivmod(dividend, divisor);
}
CMOS_BUILTIN int32_t __aeabi_idiv(int32_t dividend, int32_t divisor) {
  return (int32_t)(uint32_t)__aeabi_idivmod(dividend, divisor);
}

CMOS_BUILTIN __attribute__((used)) uint64_t cmos_udivmod64(uint64_t dividend, uint64_t divisor,
                                                           uint64_t* remainder) {
  return divide64(dividend, divisor, remainder);
}
CMOS_BUILTIN __attribute__((used)) int64_t cmos_idivmod64(int64_t dividend, int64_t divisor,
                                                          int64_t* remainder) {
  return divide64_signed(dividend, divisor, remainder);
}

/* No C signature returns four registers: call the C function with a place for the remainder on the stack. */
#define CMOS_DIVMOD64(function)    \
  __asm__ volatile(                \
      "push {r4, lr}\n\t"          \
      "sub sp, sp, #16\n\t"        \
      "add r4, sp, #8\n\t"         \
      "str r4, [sp]\n\t"           \
      "bl " function "\n\t"        \
      "ldr r2, [sp, #8]\n\t"       \
      "ldr r3, [sp, #12]\n\t"      \
      "add sp, sp, #16\n\t"        \
      "pop {r4, pc}")
CMOS_BUILTIN __attribute__((naked)) void __aeabi_uldivmod(void) { CMOS_DIVMOD64("cmos_udivmod64"); }
CMOS_BUILTIN __attribute__((naked)) void __aeabi_ldivmod(void) { CMOS_DIVMOD64("cmos_idivmod64"); }

CMOS_BUILTIN void __aeabi_memcpy(void* to, const void* from, size_t size) { memcpy(to, from, size); }
CMOS_BUILTIN void __aeabi_memcpy4(void* to, const void* from, size_t size) { memcpy(to, from, size); }
CMOS_BUILTIN void __aeabi_memcpy8(void* to, const void* from, size_t size) { memcpy(to, from, size); }
CMOS_BUILTIN void __aeabi_memmove(void* to, const void* from, size_t size) { memmove(to, from, size); }
CMOS_BUILTIN void __aeabi_memmove4(void* to, const void* from, size_t size) { memmove(to, from, size); }
CMOS_BUILTIN void __aeabi_memmove8(void* to, const void* from, size_t size) { memmove(to, from, size); }
CMOS_BUILTIN void __aeabi_memset(void* to, size_t size, int value) { memset(to, value, size); }
CMOS_BUILTIN void __aeabi_memset4(void* to, size_t size, int value) { memset(to, value, size); }
CMOS_BUILTIN void __aeabi_memset8(void* to, size_t size, int value) { memset(to, value, size); }
CMOS_BUILTIN void __aeabi_memclr(void* to, size_t size) { memset(to, 0, size); }
CMOS_BUILTIN void __aeabi_memclr4(void* to, size_t size) { memset(to, 0, size); }
CMOS_BUILTIN void __aeabi_memclr8(void* to, size_t size) { memset(to, 0, size); }

#endif

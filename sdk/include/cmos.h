/* CalamOS system calls as inline functions, for freestanding C (C99 on) and C++ with gcc or clang.
 *
 * Every function is one trap. Results are those of the call: a failed one returns a CPE_ERROR_* value, which
 * cmos_is_error() recognises in any of them but cmos_stdin(), whose -1 means end of input.
 * Texts and paths are pointer + length, UTF-8, and need no 0 at the end.
 *
 *            x86-64      x86       ARM, Thumb   ARM64, Apple silicon
 *   trap     int 0x80    int 0x80  svc #0       svc #0
 *   number   rax         eax       r7           x8
 *   1 2 3    rcx rdx rdi ecx edx edi  r0 r1 r2  x0 x1 x2
 *   result   rax         eax       r0           x0
 *
 * All other registers are preserved. With CMOS_USE_SYSCALL defined, x86-64 code traps with `syscall`, which
 * overwrites rcx and r11 on hardware: the stub says so.
 */
#ifndef CMOS_H
#define CMOS_H

#include <stddef.h>
#include <stdint.h>

#include "cmos_abi.h"

#ifdef __cplusplus
extern "C" {
#define CMOS_NORETURN [[noreturn]]
#else
#define CMOS_NORETURN _Noreturn
#endif

#define CMOS_INLINE static inline __attribute__((always_inline, unused))

#if defined(__x86_64__)

CMOS_INLINE intptr_t cmos_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c) {
  intptr_t result;
#ifdef CMOS_USE_SYSCALL
  __asm__ volatile("syscall" : "=a"(result), "+c"(a) : "0"(number), "d"(b), "D"(c) : "r11", "memory");
#else
  __asm__ volatile("int $0x80" : "=a"(result) : "0"(number), "c"(a), "d"(b), "D"(c) : "memory");
#endif
  return result;
}

#elif defined(__i386__)

CMOS_INLINE intptr_t cmos_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c) {
  intptr_t result;
  __asm__ volatile("int $0x80" : "=a"(result) : "0"(number), "c"(a), "d"(b), "D"(c) : "memory");
  return result;
}

#elif defined(__arm__)

CMOS_INLINE intptr_t cmos_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c) {
  register uintptr_t r0 __asm__("r0") = a;
  register uintptr_t r1 __asm__("r1") = b;
  register uintptr_t r2 __asm__("r2") = c;
#ifdef __thumb__
  /* r7 is the frame pointer of Thumb code, which compilers refuse to hand out: lend it for one instruction. */
  uintptr_t saved;
  __asm__ volatile(
      "mov %[saved], r7\n\t"
      "mov r7, %[number]\n\t"
      "svc #0\n\t"
      "mov r7, %[saved]"
      : "+r"(r0), [saved] "=&r"(saved)
      : [number] "r"(number), "r"(r1), "r"(r2)
      : "memory");
#else
  register uintptr_t r7 __asm__("r7") = number;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
#endif
  return (intptr_t)r0;
}

#elif defined(__aarch64__)

CMOS_INLINE intptr_t cmos_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c) {
  register uintptr_t x0 __asm__("x0") = a;
  register uintptr_t x1 __asm__("x1") = b;
  register uintptr_t x2 __asm__("x2") = c;
  register uintptr_t x8 __asm__("x8") = number;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return (intptr_t)x0;
}

#else
#error "cmos.h knows x86-64, x86, ARM and ARM64"
#endif

/* The function that the kernel calls when the program has ended (abi 2); it gets the exit status in argument register 1,
 * which x86 compilers use under calling conventions of these names. Define it as
 *
 *     CMOS_ABORT_METHOD void __cmos_abort(int status) { ... }
 */
#if defined(__x86_64__)
#define CMOS_ABORT_METHOD __attribute__((ms_abi, used))
#elif defined(__i386__)
#define CMOS_ABORT_METHOD __attribute__((fastcall, used))
#else
#define CMOS_ABORT_METHOD __attribute__((used))
#endif
CMOS_ABORT_METHOD void __cmos_abort(int status);

/* Whether `result` is one of CPE_ERROR_*: -1 ... -4095. */
CMOS_INLINE int cmos_is_error(intptr_t result) { return (uintptr_t)result >= (uintptr_t)-4095; }

/* ---- process --------------------------------------------------------------------------------- */

/* Ends the program; the host sees the low byte of `code`. */
CMOS_NORETURN CMOS_INLINE void cmos_exit(int code) {
  for (;;) cmos_syscall(CMOS_SYS_exit, (uintptr_t)(intptr_t)code, 0, 0);
}

/* ---- display and input ------------------------------------------------------------------------ */

/* Shows `length` bytes; `colour` is null or points to 0xAARRGGBB (CMOS_ARGB). Returns the bytes written. */
CMOS_INLINE intptr_t cmos_stdout(const void* text, size_t length, const uint32_t* colour) {
  return cmos_syscall(CMOS_SYS_stdout, (uintptr_t)text, length, (uintptr_t)colour);
}

/* Shows `length` bytes for people, apart from the program's output. Returns the bytes written. */
CMOS_INLINE intptr_t cmos_stderr(const void* text, size_t length) {
  return cmos_syscall(CMOS_SYS_stderr, (uintptr_t)text, length, 0);
}

/* One byte of input, 0-255, or -1 at its end. `style` is CMOS_STDIN_*. */
CMOS_INLINE int cmos_stdin(int style) {
  return (int)cmos_syscall(CMOS_SYS_stdin, (uintptr_t)(intptr_t)style, 0, 0);
}

/* ---- files ------------------------------------------------------------------------------------- */

struct cmos_stat {
  uint64_t size;
  uint32_t kind;    /* CMOS_KIND_* */
  uint32_t flags;   /* CMOS_STAT_* */
  int64_t modified; /* nanoseconds since 1970, UTC */
};

struct cmos_pair {
  const char* from;
  uintptr_t from_length;
  const char* to;
  uintptr_t to_length;
};

/* A handle, from 3. `flags` combines CMOS_OPEN_*. */
CMOS_INLINE intptr_t cmos_open(const char* path, size_t length, unsigned flags) {
  return cmos_syscall(CMOS_SYS_open, (uintptr_t)path, length, flags);
}
CMOS_INLINE intptr_t cmos_close(intptr_t handle) {
  return cmos_syscall(CMOS_SYS_close, (uintptr_t)handle, 0, 0);
}
/* Bytes read; 0 at the end. */
CMOS_INLINE intptr_t cmos_read(intptr_t handle, void* buffer, size_t length) {
  return cmos_syscall(CMOS_SYS_read, (uintptr_t)handle, (uintptr_t)buffer, length);
}
CMOS_INLINE intptr_t cmos_write(intptr_t handle, const void* buffer, size_t length) {
  return cmos_syscall(CMOS_SYS_write, (uintptr_t)handle, (uintptr_t)buffer, length);
}
/* The new position. `whence` is CMOS_SEEK_*. */
CMOS_INLINE intptr_t cmos_seek(intptr_t handle, intptr_t offset, unsigned whence) {
  return cmos_syscall(CMOS_SYS_seek, (uintptr_t)handle, (uintptr_t)offset, whence);
}
CMOS_INLINE intptr_t cmos_stat(const char* path, size_t length, struct cmos_stat* out) {
  return cmos_syscall(CMOS_SYS_stat, (uintptr_t)path, length, (uintptr_t)out);
}
/* The next name of an open directory: its full length, 0 at the end, CPE_ERROR_INVALID when `length` is too small. */
CMOS_INLINE intptr_t cmos_list(intptr_t handle, char* buffer, size_t length) {
  return cmos_syscall(CMOS_SYS_list, (uintptr_t)handle, (uintptr_t)buffer, length);
}
CMOS_INLINE intptr_t cmos_mkdir(const char* path, size_t length) {
  return cmos_syscall(CMOS_SYS_mkdir, (uintptr_t)path, length, 0);
}
CMOS_INLINE intptr_t cmos_remove(const char* path, size_t length) {
  return cmos_syscall(CMOS_SYS_remove, (uintptr_t)path, length, 0);
}
CMOS_INLINE intptr_t cmos_rename(const struct cmos_pair* pair) {
  return cmos_syscall(CMOS_SYS_rename, (uintptr_t)pair, 0, 0);
}

/* ---- mini-disk --------------------------------------------------------------------------------- */

/* Bytes copied: fewer than `length` at the end of the mini-disk. */
CMOS_INLINE intptr_t cmos_md_read(size_t offset, void* buffer, size_t length) {
  return cmos_syscall(CMOS_SYS_md_read, offset, (uintptr_t)buffer, length);
}
CMOS_INLINE intptr_t cmos_md_write(size_t offset, const void* buffer, size_t length) {
  return cmos_syscall(CMOS_SYS_md_write, offset, (uintptr_t)buffer, length);
}
CMOS_INLINE intptr_t cmos_md_size(void) { return cmos_syscall(CMOS_SYS_md_size, 0, 0, 0); }
CMOS_INLINE intptr_t cmos_md_flush(void) { return cmos_syscall(CMOS_SYS_md_flush, 0, 0, 0); }
/* `mode` is CMOS_LOCK_*; CPE_ERROR_MINIDISK_BUSY when another holds it. */
CMOS_INLINE intptr_t cmos_md_lock(unsigned mode) {
  return cmos_syscall(CMOS_SYS_md_lock, mode, 0, 0);
}
CMOS_INLINE intptr_t cmos_md_unlock(void) { return cmos_syscall(CMOS_SYS_md_unlock, 0, 0, 0); }

/* ---- programs ---------------------------------------------------------------------------------- */

/* Runs a program to its end and returns its exit code & 0xff. `arguments` is null or u32 count, then per argument u32
 * length + bytes. */
CMOS_INLINE intptr_t cmos_exec_cpe(const char* path, size_t length, const void* arguments) {
  return cmos_syscall(CMOS_SYS_exec_cpe, (uintptr_t)path, length, (uintptr_t)arguments);
}
/* The full size of a value about the running program (CMOS_QUERY_*); at most `length` bytes are copied. */
CMOS_INLINE intptr_t cmos_query_cpe(unsigned what, void* buffer, size_t length) {
  return cmos_syscall(CMOS_SYS_query_cpe, what, (uintptr_t)buffer, length);
}

/* ---- memory, time, arguments, randomness ---------------------------------------------------------- */

/* Moves the end of the heap by `bytes` (0 asks) and returns the old end, as sbrk does. */
CMOS_INLINE intptr_t cmos_grow(intptr_t bytes) {
  return cmos_syscall(CMOS_SYS_grow, (uintptr_t)bytes, 0, 0);
}
/* `which` is CMOS_CLOCK_*. */
CMOS_INLINE intptr_t cmos_clock(unsigned which, int64_t* nanoseconds) {
  return cmos_syscall(CMOS_SYS_clock, which, (uintptr_t)nanoseconds, 0);
}
/* u32 count, then per argument u32 length + bytes; argument 0 is the program. Returns the full size. */
CMOS_INLINE intptr_t cmos_arguments(void* buffer, size_t length) {
  return cmos_syscall(CMOS_SYS_arguments, (uintptr_t)buffer, length, 0);
}
/* The environment, texts NAME=VALUE, in the same form. */
CMOS_INLINE intptr_t cmos_environment(void* buffer, size_t length) {
  return cmos_syscall(CMOS_SYS_environment, (uintptr_t)buffer, length, 0);
}
CMOS_INLINE intptr_t cmos_random(void* buffer, size_t length) {
  return cmos_syscall(CMOS_SYS_random, (uintptr_t)buffer, length, 0);
}

/* ---- small conveniences --------------------------------------------------------------------------- */

CMOS_INLINE size_t cmos_length(const char* text) {
  size_t length = 0;
  while (text[length] != 0) ++length;
  return length;
}
/* Shows a text that ends with 0, in the default colour. */
CMOS_INLINE intptr_t cmos_print(const char* text) {
  return cmos_stdout(text, cmos_length(text), NULL);
}
CMOS_INLINE intptr_t cmos_print_colour(const char* text, uint32_t argb) {
  return cmos_stdout(text, cmos_length(text), &argb);
}

#ifdef __cplusplus
}
#endif

#endif

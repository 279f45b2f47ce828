/* What C++ compilers ask of the system beside newlib's __cxa_atexit(). The C++ library has the weak ones, too. */
#include <stdlib.h>
#include <unistd.h>

#define CMOS_WEAK __attribute__((weak))

int __cxa_atexit(void (*destroy)(void*), void* object, void* module);
int __aeabi_atexit(void* object, void (*destroy)(void*), void* module);
void __cxa_pure_virtual(void) __attribute__((noreturn));
void __cmos_waits_for_ever(void) __attribute__((noreturn));

void* __dso_handle;

/* The ARM ABI's name and order of arguments. */
CMOS_WEAK int __aeabi_atexit(void* object, void (*destroy)(void*), void* module) {
  return __cxa_atexit(destroy, object, module);
}

CMOS_WEAK void __cxa_pure_virtual(void) {
  abort();
}

/* std::condition_variable and its kin, in a program of one thread (libstdcxx/gthr.h). */
void __cmos_waits_for_ever(void) {
  static const char kSaid[] = "the program waits for another thread, and CalamOS has none\n";
  write(STDERR_FILENO, kSaid, sizeof kSaid - 1);
  abort();
}

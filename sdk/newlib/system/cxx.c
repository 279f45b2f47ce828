/* What C++ compilers ask of the system beside newlib's __cxa_atexit(). */
#include <stdlib.h>

int __cxa_atexit(void (*destroy)(void*), void* object, void* module);
int __aeabi_atexit(void* object, void (*destroy)(void*), void* module);
void __cxa_pure_virtual(void) __attribute__((noreturn));

void* __dso_handle;

/* The ARM ABI's name and order of arguments. */
int __aeabi_atexit(void* object, void (*destroy)(void*), void* module) {
  return __cxa_atexit(destroy, object, module);
}

void __cxa_pure_virtual(void) {
  abort();
}

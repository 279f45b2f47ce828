/* What C++ compilers call for freestanding programs: the destructors of static objects, and a pure virtual call. */
#include "cmos.h"

typedef void (*cmos_destructor)(void* object);
int __cxa_atexit(cmos_destructor destroy, void* object, void* module);
int __aeabi_atexit(void* object, cmos_destructor destroy, void* module);
void __cxa_pure_virtual(void);

void* __dso_handle = NULL;

#define CMOS_MOST_OBJECTS 256
static struct {
  cmos_destructor destroy;
  void* object;
} registered[CMOS_MOST_OBJECTS];
static size_t registered_count;

/* Not 0 when there is no room: the object is then never destroyed. */
int __cxa_atexit(cmos_destructor destroy, void* object, void* module) {
  (void)module;
  if (registered_count == CMOS_MOST_OBJECTS) return -1;
  registered[registered_count].destroy = destroy;
  registered[registered_count].object = object;
  ++registered_count;
  return 0;
}

/* The ARM ABI's name and order of arguments. */
int __aeabi_atexit(void* object, cmos_destructor destroy, void* module) {
  return __cxa_atexit(destroy, object, module);
}

__attribute__((destructor)) static void destroy_all(void) {
  while (registered_count > 0) {
    --registered_count;
    registered[registered_count].destroy(registered[registered_count].object);
  }
}

void __cxa_pure_virtual(void) {
  cmos_print("pure virtual function called\n");
  __builtin_trap();
}

/* Thread-local variables in the one thread there is: clang's -femulated-tls gives each a description, from which its
 * place is made at the first use. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* As clang and gcc lay it out. */
struct description {
  size_t size;
  size_t alignment;
  void* place;         /* 0 as compiled */
  const void* initial; /* a null pointer means zeros */
};

void* __emutls_get_address(struct description* variable);

void* __emutls_get_address(struct description* variable) {
  if (variable->place != NULL) return variable->place;
  variable->place = memalign(variable->alignment < sizeof(void*) ? sizeof(void*) : variable->alignment, variable->size);
  if (variable->place == NULL) abort();
  if (variable->initial != NULL) return memcpy(variable->place, variable->initial, variable->size);
  return memset(variable->place, 0, variable->size);
}

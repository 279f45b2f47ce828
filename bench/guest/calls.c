// A million of the cheapest system calls.
#include "port.h"

#ifndef CALLS
#define CALLS 1000000
#endif

u32 workload(void) {
  for (u32 i = 0; i < CALLS; ++i) port_trivial_call();
  return CALLS;
}

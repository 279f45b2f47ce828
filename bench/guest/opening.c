// A file, opened and closed many times.
#include "port.h"

#ifndef CALLS
#define CALLS 200000
#endif

u32 workload(void) {
  u32 opened = 0;
  for (u32 i = 0; i < CALLS; ++i) {
    long file = port_open();
    if (file >= 0) ++opened;
    port_close(file);
  }
  return opened;
}

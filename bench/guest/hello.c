// Start to exit.
#include "port.h"

u32 workload(void) {
  port_write("Hello from CalamOS\n", 19);
  return 0;
}

/* gcc's own <limits.h> asks for that of the system after its own; without a C library this is it. */

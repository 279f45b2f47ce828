// C11's atomics are the compiler's own; newlib's copy needs headers that come before it.
#ifndef CMOS_STDATOMIC_H
#define CMOS_STDATOMIC_H
#include_next <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#endif

/* The SDK's __clear_cache() before libgcc's. */
#include "cache.h"

typedef int cmos_cache;

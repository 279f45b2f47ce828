#include "runtime/outcome.h"

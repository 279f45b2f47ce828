#include "disasm/disasm.h"

#include "syscalls/table.h"

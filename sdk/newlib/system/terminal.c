#include "console.h"

/* In a file of its own: a program's own definition takes its place. */
const int cmos_console_is_terminal = 0;

/* sdcc's <stdlib.h>, and the end of the program, which is the start-up code's and not sdcc's to declare. */
#ifndef CMOS_Z80_STDLIB_H
#define CMOS_Z80_STDLIB_H

#include_next <stdlib.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

void exit(int status);

#endif

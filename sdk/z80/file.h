/* What the parts of libcpm.a's stdio share. */
#ifndef CMOS_Z80_FILE_H
#define CMOS_Z80_FILE_H

#include <cmos_z80.h>
#include <stdio.h>

/* FILE.mode; 0 is a file that is not open. */
#define FILE_READ 1
#define FILE_WRITE 2
#define FILE_BINARY 4
/* FILE.state */
#define FILE_END 1
#define FILE_ERROR 2
#define FILE_LOADED 4
#define FILE_CHANGED 8
#define FILE_PUSHED 16 /* of a file of the console, whose FILE is zeros when the program starts */

#define CPM_END 0x1a
#define CPM_LARGEST 0x800000 /* bytes of a file */

/* Fills an FCB; 0 when that is no name of CP/M's. */
unsigned char __cpm_name(unsigned char *fcb, const char *name);
/* What the start-up code calls at the end of the program, unless it is NULL. */
extern void (*__cpm_at_exit)(void);

#endif

/* What gcc's own build would tell the unwinder of x86 (libgcc/unwind-dw2.c) of compiler and target; build.sh makes the
 * other headers that it includes, which are empty here. */
#ifndef CMOS_TCONFIG_H
#define CMOS_TCONFIG_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The System V ABIs of both: 16 registers and the return address; i386 has fewer, with the same bound. */
#define __LIBGCC_DWARF_FRAME_REGISTERS__ 17
#define __LIBGCC_STACK_GROWS_DOWNWARD__ 1
#define __LIBGCC_EH_RETURN_STACKADJ_RTX__ 1
#define DWARF_REG_TO_UNWIND_COLUMN(number) (number)
#define HAVE_GETIPINFO 1
/* The table ends where the linker says, whether there is an entry of length 0 or not. */
#define DWARF2_OBJECT_END_PTR_EXTENSION 1

#define gcc_assert(condition) ((condition) ? (void)0 : abort())
#define gcc_unreachable() abort()
#define attribute_hidden __attribute__((__visibility__("hidden")))
#define ATTRIBUTE_UNUSED __attribute__((__unused__))

#endif

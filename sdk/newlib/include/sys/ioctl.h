/* Control of devices: CalamOS has no call for it, so that every request fails with ENOTTY, and a program takes what it does for a
 * file. */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <sys/cdefs.h>

struct winsize {
  unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};

#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD 0x541b

__BEGIN_DECLS
int ioctl(int file, unsigned long request, ...);
__END_DECLS

#endif

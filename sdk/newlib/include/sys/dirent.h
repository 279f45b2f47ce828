/* What <dirent.h> leaves to the system. Directories have no "." and "..", and are read in byte order of their names. */
#ifndef _SYS_DIRENT_H
#define _SYS_DIRENT_H

#include <sys/types.h>

/* A name in CalamOS has at most 255 bytes. */
#define _CMOS_NAME_SIZE 256

struct dirent {
  unsigned char d_type; /* DT_* */
  char d_name[_CMOS_NAME_SIZE];
};
#define _DIRENT_HAVE_D_TYPE

#define DT_UNKNOWN 0
#define DT_DIR 4
#define DT_REG 8
/* Programs ask whether something is one of these. It never is. */
#define DT_FIFO 1
#define DT_CHR 2
#define DT_BLK 6
#define DT_LNK 10
#define DT_SOCK 12

typedef struct __cmos_dir DIR;

#endif

/* Files by their names. */
#include <string.h>

#include "file.h"

#define BDOS_DELETE 19
#define BDOS_RENAME 23

int remove(const char *name) {
  unsigned char fcb[36];
  if (!__cpm_name(fcb, name)) return -1;
  return (unsigned char)bdos(BDOS_DELETE, (unsigned)fcb) == 0xff ? -1 : 0;
}

int rename(const char *from, const char *to) {
  unsigned char fcb[36], new_name[36];
  if (!__cpm_name(new_name, to) || !__cpm_name(fcb, from)) return -1;
  if (new_name[0] && new_name[0] != fcb[0]) return -1;
  memcpy(fcb + 16, new_name, 12);
  return (unsigned char)bdos(BDOS_RENAME, (unsigned)fcb) == 0xff ? -1 : 0;
}

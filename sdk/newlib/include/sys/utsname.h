/* What the system is called. */
#ifndef CMOS_SYS_UTSNAME_H
#define CMOS_SYS_UTSNAME_H

struct utsname {
  char sysname[32];
  char nodename[32];
  char release[32];
  char version[32];
  char machine[32];
};

#ifdef __cplusplus
extern "C" {
#endif
int uname(struct utsname* out);
#ifdef __cplusplus
}
#endif

#endif

/* Functions that headers declare and that CalamOS has no means for, so that programs link: each fails with ENOSYS. They
 * are defined without their headers, since how many arguments they ignore is the same to every calling convention here. */
#include <errno.h>
#include <stddef.h>

#pragma clang diagnostic ignored "-Wmissing-prototypes"

#define FAILS(name) \
  int name(void) { return errno = ENOSYS, -1; }
#define HAS_NONE(name) \
  void* name(void) { return errno = ENOSYS, NULL; }
#define RETURNS_ERROR(name) \
  int name(void) { return ENOSYS; }
#define DOES_NOTHING(name) \
  void name(void) {}

/* ---- processes, terminals and threads ---------------------------------------------------------- */

/* What a device that has no such request answers. */
int ioctl(void) { return errno = ENOTTY, -1; }

FAILS(execlpe)
FAILS(setpgrp)
RETURNS_ERROR(pthread_kill)
RETURNS_ERROR(posix_spawn)
RETURNS_ERROR(posix_spawnp)
RETURNS_ERROR(posix_spawn_file_actions_init)
RETURNS_ERROR(posix_spawn_file_actions_destroy)
RETURNS_ERROR(posix_spawn_file_actions_addopen)
RETURNS_ERROR(posix_spawn_file_actions_adddup2)
RETURNS_ERROR(posix_spawn_file_actions_addclose)
RETURNS_ERROR(posix_spawnattr_init)
RETURNS_ERROR(posix_spawnattr_destroy)
RETURNS_ERROR(posix_spawnattr_getflags)
RETURNS_ERROR(posix_spawnattr_getpgroup)
RETURNS_ERROR(posix_spawnattr_getschedparam)
RETURNS_ERROR(posix_spawnattr_getschedpolicy)
RETURNS_ERROR(posix_spawnattr_getsigdefault)
RETURNS_ERROR(posix_spawnattr_getsigmask)
RETURNS_ERROR(posix_spawnattr_setflags)
RETURNS_ERROR(posix_spawnattr_setpgroup)
RETURNS_ERROR(posix_spawnattr_setschedparam)
RETURNS_ERROR(posix_spawnattr_setschedpolicy)
RETURNS_ERROR(posix_spawnattr_setsigdefault)
RETURNS_ERROR(posix_spawnattr_setsigmask)
RETURNS_ERROR(ttyname_r)
FAILS(vhangup)
HAS_NONE(getpass)

/* ---- signals and timers that come from elsewhere ----------------------------------------------- */

RETURNS_ERROR(sigwait)
FAILS(sigpause)
FAILS(__xpg_sigpause)
FAILS(sigaltstack)
FAILS(sigwaitinfo)
FAILS(sigtimedwait)
FAILS(sigqueue)
FAILS(clock_settime)
FAILS(settimeofday)
FAILS(adjtime)
FAILS(timer_create)
FAILS(timer_delete)
FAILS(timer_settime)
FAILS(timer_gettime)
FAILS(timer_getoverrun)
FAILS(getitimer)
FAILS(setitimer)

/* ---- links, owners, times and descriptors of files --------------------------------------------- */

FAILS(fchmodat)
FAILS(fchownat)
FAILS(lchown)
FAILS(linkat)
FAILS(symlinkat)
FAILS(mkfifoat)
FAILS(mknodat)
FAILS(utimensat)
FAILS(futimens)
FAILS(futimes)
FAILS(lutimes)
FAILS(futimesat)
FAILS(flock)
FAILS(lockf)
FAILS(dup3)
FAILS(pipe2)
FAILS(chroot)
FAILS(revoke)
FAILS(setdtablesize)
FAILS(fdclosedir)
HAS_NONE(fdopendir)
FAILS(scandirat)

/* ---- users, groups and the network ------------------------------------------------------------- */

HAS_NONE(getpwuid)
HAS_NONE(getpwnam)
HAS_NONE(getpwent)
RETURNS_ERROR(getpwnam_r)
RETURNS_ERROR(getpwuid_r)
DOES_NOTHING(setpwent)
DOES_NOTHING(endpwent)
FAILS(setpassent)
HAS_NONE(getgrgid)
HAS_NONE(getgrnam)
HAS_NONE(getgrent)
RETURNS_ERROR(getgrnam_r)
RETURNS_ERROR(getgrgid_r)
DOES_NOTHING(setgrent)
DOES_NOTHING(endgrent)
FAILS(initgroups)
FAILS(setgroups)
FAILS(setregid)
FAILS(setreuid)
HAS_NONE(cuserid)
HAS_NONE(getusershell)
DOES_NOTHING(setusershell)
DOES_NOTHING(endusershell)
FAILS(getdomainname)
FAILS(sethostname)
FAILS(getpeereid)
FAILS(iruserok)
FAILS(ruserok)
FAILS(rresvport)

/* ---- others ------------------------------------------------------------------------------------- */

long gethostid(void) {
  return errno = ENOSYS, 0;
}
size_t confstr(void) {
  return errno = ENOSYS, 0;
}
HAS_NONE(crypt)
DOES_NOTHING(encrypt)
DOES_NOTHING(setkey)
HAS_NONE(initstate)
HAS_NONE(setstate)
/* (iconv_t)-1: no conversion is supported. */
void* iconv_open(void) {
  return errno = EINVAL, (void*)-1;
}
size_t iconv(void) {
  return errno = ENOSYS, (size_t)-1;
}
FAILS(iconv_close)
void* _iconv_open_r(void) {
  return errno = EINVAL, (void*)-1;
}
size_t _iconv_r(void) {
  return errno = ENOSYS, (size_t)-1;
}
FAILS(_iconv_close_r)

/* ---- parts of newlib that only some ISAs have -------------------------------------------------- */

#define FAILS_UNLESS_THERE(name) \
  __attribute__((weak)) int name(void) { return errno = ENOSYS, -1; }
FAILS_UNLESS_THERE(fpgetround)
FAILS_UNLESS_THERE(fpsetround)
FAILS_UNLESS_THERE(fpgetmask)
FAILS_UNLESS_THERE(fpsetmask)
FAILS_UNLESS_THERE(fpgetsticky)
FAILS_UNLESS_THERE(fpsetsticky)
FAILS_UNLESS_THERE(fpgetroundtoi)
FAILS_UNLESS_THERE(fpsetroundtoi)

/* What newlib's pattern matching asks of locales: there are no tables of how characters collate. */
int __collate_load_error = 1;

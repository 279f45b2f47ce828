// What the SDK's C library needs of a system, on Linux: so that a program runs under qemu-user with the same library and the
// same compiler's output as on CalamOS. Files to read, standard
// output and no clock: what needs more is left unresolved.
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>

#include "linux_call.h"

int main(int argc, char** argv);
__attribute__((used)) static void start(long* stack) { exit(main((int)stack[0], (char**)(stack + 1))); }

#if defined(__x86_64__)
__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start");
#elif defined(__i386__)
__asm__(".globl _start\n_start: mov %esp, %eax\n and $-16, %esp\n sub $12, %esp\n push %eax\n call start");
#elif defined(__arm__)
__asm__(".globl _start\n_start: mov r0, sp\n bic sp, sp, #7\n bl start");
#else
__asm__(".globl _start\n_start: mov x0, sp\n bl start");
#endif

static char* top;

long _read(int file, void* to, unsigned long count) { return linux_call(kRead, file, (long)to, (long)count); }
long _write(int file, const void* from, unsigned long count) { return linux_call(kWrite, file, (long)from, (long)count); }
void* _sbrk(long change) {
  if (!top) top = (char*)linux_call(kBreak, 0, 0, 0);
  char* old = top;
  if ((char*)linux_call(kBreak, (long)(old + change), 0, 0) < old + change) return (void*)-1;
  top += change;
  return old;
}
__attribute__((noreturn)) void _exit(int status) {
  for (;;) linux_call(kExit, status, 0, 0);
}
int _fstat(int file, struct stat* status) {
  *status = (struct stat){.st_mode = file < 3 ? S_IFIFO : S_IFREG};
  return 0;
}
int _open(const char* path) { return (int)linux_call(kOpenAt, -100, (long)path, 0); }
int _close(int file) { return (int)linux_call(kClose, file, 0, 0); }
int _stat(const char* path, struct stat* status) {
  (void)path;
  *status = (struct stat){.st_mode = S_IFREG, .st_nlink = 1};
  return 0;
}
int lstat(const char* path, struct stat* status) { return _stat(path, status); }
int _isatty(int file) { return file < 0; }
long _lseek(int file, long offset, int from) { return linux_call(kSeek, file, offset, from); }
int _gettimeofday(struct timeval* now, void* zone) {
  (void)zone;
  *now = (struct timeval){0};
  return 0;
}
clock_t _times(struct tms* used) {
  *used = (struct tms){0};
  return 0;
}

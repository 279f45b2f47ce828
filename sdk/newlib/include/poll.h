/* poll() for what CalamOS has: files, which are always ready. */
#ifndef CMOS_POLL_H
#define CMOS_POLL_H

#define POLLIN 1
#define POLLPRI 2
#define POLLOUT 4
#define POLLERR 8
#define POLLHUP 16
#define POLLNVAL 32

typedef unsigned int nfds_t;
struct pollfd {
  int fd;
  short events;
  short revents;
};

#ifdef __cplusplus
extern "C" {
#endif
int poll(struct pollfd* files, nfds_t count, int milliseconds);
#ifdef __cplusplus
}
#endif

#endif

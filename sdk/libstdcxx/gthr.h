// Threads as libstdc++ asks for them (libgcc/gthr.h says what it expects), on a system that has one: a mutex is never
// held by somebody else, a thread cannot be begun, and to wait for another one is to wait for ever.
// build.sh puts this in the place of gthr-posix.h.
#ifndef _GLIBCXX_GCC_GTHR_CMOS_H
#define _GLIBCXX_GCC_GTHR_CMOS_H

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define __GTHREADS 1
#define __GTHREADS_CXX0X 1
#define __GTHREAD_HAS_COND 1

typedef unsigned int __gthread_key_t;
typedef int __gthread_t;
typedef struct timespec __gthread_time_t;
typedef struct {
  unsigned char done;
} __gthread_once_t;
typedef struct {
  unsigned int held;
} __gthread_mutex_t;
typedef __gthread_mutex_t __gthread_recursive_mutex_t;
typedef struct {
  unsigned char unused;
} __gthread_cond_t;

#define __GTHREAD_ONCE_INIT {0}
#define __GTHREAD_MUTEX_INIT {0}
#define __GTHREAD_RECURSIVE_MUTEX_INIT {0}
#define __GTHREAD_COND_INIT {0}

#ifdef __cplusplus
extern "C" {
#endif
// Says on standard error that the program waits for what only another thread could do, and aborts.
void __cmos_waits_for_ever(void) __attribute__((__noreturn__));
#ifdef __cplusplus
}
#endif

// std::thread says "Enable multithreading to use std::thread", and shared pointers count without atomic operations.
static inline int __gthread_active_p(void) {
  return 0;
}

static inline int __gthread_once(__gthread_once_t* once, void (*function)(void)) {
  if (!once->done) {
    function();
    once->done = 1;  // only now: an exception leaves it to the next caller
  }
  return 0;
}

// Keys are made only where there are threads that end.
static inline int __gthread_key_create(__gthread_key_t* key, void (*destroy)(void*)) {
  (void)key, (void)destroy;
  return ENOSYS;
}
static inline int __gthread_key_delete(__gthread_key_t key) {
  (void)key;
  return ENOSYS;
}
static inline void* __gthread_getspecific(__gthread_key_t key) {
  (void)key;
  return 0;
}
static inline int __gthread_setspecific(__gthread_key_t key, const void* value) {
  (void)key, (void)value;
  return ENOSYS;
}

static inline int __gthread_mutex_destroy(__gthread_mutex_t* mutex) {
  (void)mutex;
  return 0;
}
static inline int __gthread_mutex_trylock(__gthread_mutex_t* mutex) {
  if (mutex->held != 0) return EBUSY;
  mutex->held = 1;
  return 0;
}
static inline int __gthread_mutex_lock(__gthread_mutex_t* mutex) {
  return __gthread_mutex_trylock(mutex) == 0 ? 0 : EDEADLK;
}
static inline int __gthread_mutex_unlock(__gthread_mutex_t* mutex) {
  mutex->held = 0;
  return 0;
}
static inline int __gthread_mutex_timedlock(__gthread_mutex_t* mutex, const __gthread_time_t* until) {
  (void)until;
  return __gthread_mutex_trylock(mutex) == 0 ? 0 : ETIMEDOUT;
}

static inline int __gthread_recursive_mutex_destroy(__gthread_recursive_mutex_t* mutex) {
  (void)mutex;
  return 0;
}
static inline int __gthread_recursive_mutex_lock(__gthread_recursive_mutex_t* mutex) {
  ++mutex->held;
  return 0;
}
static inline int __gthread_recursive_mutex_trylock(__gthread_recursive_mutex_t* mutex) {
  ++mutex->held;
  return 0;
}
static inline int __gthread_recursive_mutex_unlock(__gthread_recursive_mutex_t* mutex) {
  --mutex->held;
  return 0;
}
static inline int __gthread_recursive_mutex_timedlock(__gthread_recursive_mutex_t* mutex, const __gthread_time_t* until) {
  (void)until;
  return __gthread_recursive_mutex_lock(mutex);
}

static inline int __gthread_cond_destroy(__gthread_cond_t* condition) {
  (void)condition;
  return 0;
}
static inline int __gthread_cond_broadcast(__gthread_cond_t* condition) {
  (void)condition;
  return 0;
}
static inline int __gthread_cond_signal(__gthread_cond_t* condition) {
  (void)condition;
  return 0;
}
static inline int __gthread_cond_wait(__gthread_cond_t* condition, __gthread_mutex_t* mutex) {
  (void)condition, (void)mutex;
  __cmos_waits_for_ever();
}
static inline int __gthread_cond_wait_recursive(__gthread_cond_t* condition, __gthread_recursive_mutex_t* mutex) {
  (void)condition, (void)mutex;
  __cmos_waits_for_ever();
}
// Nobody signals: the time that the caller gives passes.
static inline int __gthread_cond_timedwait(__gthread_cond_t* condition, __gthread_mutex_t* mutex, const __gthread_time_t* until) {
  (void)condition, (void)mutex;
  __gthread_time_t now;
  do {
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return errno;
  } while (now.tv_sec < until->tv_sec || (now.tv_sec == until->tv_sec && now.tv_nsec < until->tv_nsec));
  return ETIMEDOUT;
}

static inline int __gthread_create(__gthread_t* thread, void* (*function)(void*), void* argument) {
  (void)thread, (void)function, (void)argument;
  return ENOSYS;
}
static inline int __gthread_join(__gthread_t thread, void** value) {
  (void)thread, (void)value;
  return ESRCH;
}
static inline int __gthread_detach(__gthread_t thread) {
  (void)thread;
  return ESRCH;
}
static inline int __gthread_equal(__gthread_t one, __gthread_t other) {
  return one == other;
}
static inline __gthread_t __gthread_self(void) {
  return 1;
}
static inline int __gthread_yield(void) {
  return 0;
}

#endif

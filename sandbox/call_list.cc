// The host calls of an emulator that has started: those of its memory, of the files that Landlock
// leaves it, of its terminal, its clock and its own signals and threads. A call that a C library
// may make and that tells nothing about others is here too, also when no version makes it today.
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>

#include <array>

#include "sandbox/call_filter.h"

namespace cmos::sandbox {
namespace {

/// Of terminals, to read with: not TIOCSTI, which types into the user's shell.
constexpr std::array<std::uint32_t, 7> kIoctls = {TCGETS,     TCSETS,    TCSETSW, TCSETSF,
                                                  TIOCGWINSZ, TIOCGPGRP, FIONREAD};
/// Not F_SETOWN and F_SETSIG, which send signals to others.
constexpr std::array<std::uint32_t, 9> kFcntls = {F_DUPFD,
                                                  F_DUPFD_CLOEXEC,
                                                  F_GETFD,
                                                  F_SETFD,
                                                  F_GETFL,
                                                  F_SETFL,
                                                  36 /* F_OFD_GETLK */,
                                                  37 /* F_OFD_SETLK */,
                                                  38 /* F_OFD_SETLKW */};
/// A thread, but no process.
constexpr std::array<std::uint32_t, 1> kThread = {CLONE_THREAD};

constexpr Call kCalls[] = {
    // memory
    {SYS_brk},
    {SYS_mmap},
    {SYS_munmap},
    {SYS_mprotect},
    {SYS_mremap},
    {SYS_madvise},
    // open descriptors
    {SYS_read},
    {SYS_write},
    {SYS_readv},
    {SYS_writev},
    {SYS_pread64},
    {SYS_pwrite64},
    {SYS_lseek},
    {SYS_close},
    {SYS_fstat},
    {SYS_ftruncate},
    {SYS_fallocate},
    {SYS_fsync},
    {SYS_fdatasync},
    {SYS_getdents64},
    {SYS_fchmod},
    {SYS_flock},
    {SYS_copy_file_range},
    {SYS_sendfile},
    {SYS_dup},
    {SYS_ppoll},
    {SYS_eventfd2},
    {SYS_sendto, When::kIsZero, 4},  // to who is connected already, not to an address
    {SYS_recvfrom},
    {SYS_shutdown},
    {SYS_fcntl, When::kOneOf, 1, kFcntls},
    {SYS_ioctl, When::kOneOf, 1, kIoctls},
    {SYS_utimensat, When::kIsZero, 1},  // of a descriptor, not of a path
    // files by name, which Landlock restricts; and looks that it does not
    {SYS_openat},
    {SYS_openat2},
    {SYS_mkdirat},
    {SYS_unlinkat},
    {SYS_renameat},
    {SYS_renameat2},
    {SYS_newfstatat},
    {SYS_statx},
    {SYS_faccessat},
    {SYS_readlinkat},
    {SYS_getcwd},
    {SYS_umask},
    // time, chance, and what a process asks about itself
    {SYS_clock_gettime},
    {SYS_clock_getres},
    {SYS_clock_nanosleep},
    {SYS_nanosleep},
    {SYS_gettimeofday},
    {SYS_setitimer},
    {SYS_getitimer},
    {SYS_getrandom},
    {SYS_getpid},
    {SYS_getppid},
    {SYS_gettid},
    {SYS_getuid},
    {SYS_geteuid},
    {SYS_getgid},
    {SYS_getegid},
    {SYS_getpgid},
    {SYS_uname},
    {SYS_sysinfo},
    {SYS_getrusage},
    {SYS_times},
    {SYS_getcpu},
    {SYS_sched_getaffinity},
    {SYS_sched_yield},
    {SYS_prlimit64, When::kIsZero, 2},  // limits are read, not set
    // signals and threads of its own
    {SYS_rt_sigaction},
    {SYS_rt_sigprocmask},
    {SYS_rt_sigreturn},
    {SYS_rt_sigpending},
    {SYS_rt_sigsuspend},
    {SYS_sigaltstack},
    {SYS_restart_syscall},
    {SYS_futex},
    {SYS_membarrier},
    {SYS_rseq},
    {SYS_set_robust_list},
    {SYS_set_tid_address},
    {SYS_exit},
    {SYS_exit_group},
    {SYS_kill, When::kIsThisProcess, 0},
    {SYS_tgkill, When::kIsThisProcess, 0},
    {SYS_clone, When::kHasFlag, 0, kThread},
    {SYS_clone3, When::kNever},  // its flags lie where a filter cannot look; clone() has them
#ifdef SYS_open                  // the older names of the same, which some processors have
    {SYS_open},
    {SYS_mkdir},
    {SYS_rmdir},
    {SYS_unlink},
    {SYS_rename},
    {SYS_stat},
    {SYS_lstat},
    {SYS_access},
    {SYS_readlink},
    {SYS_poll},
    {SYS_dup2},
    {SYS_getpgrp},
    {SYS_time},
    {SYS_arch_prctl},
#endif
};

/// What a library asks for beside these is answered as by a host without it.
constexpr Call kReaderCalls[] = {
    {SYS_brk},
    {SYS_mmap},
    {SYS_munmap},
    {SYS_mprotect},
    {SYS_mremap},
    {SYS_madvise},
    {SYS_read},
    {SYS_write},
    {SYS_pread64, When::kNever},
    {SYS_lseek},
    {SYS_close},
    {SYS_fstat},
    {SYS_sendto, When::kIsZero, 4},
    {SYS_recvfrom},
    {SYS_ppoll},
    {SYS_openat, When::kNever},
    {SYS_newfstatat, When::kNever},
    {SYS_statx, When::kNever},
    {SYS_readlinkat, When::kNever},
    {SYS_getcwd, When::kNever},
    {SYS_clock_gettime},
    {SYS_getrandom},
    {SYS_getpid},
    {SYS_gettid},
    {SYS_sched_getaffinity},
    {SYS_sched_yield},
    {SYS_prlimit64, When::kIsZero, 2},
    {SYS_rt_sigaction},
    {SYS_rt_sigprocmask},
    {SYS_rt_sigreturn},
    {SYS_futex},
    {SYS_exit},
    {SYS_exit_group},
    {SYS_tgkill, When::kIsThisProcess, 0},
#ifdef SYS_open
    {SYS_open, When::kNever},
    {SYS_stat, When::kNever},
    {SYS_lstat, When::kNever},
    {SYS_access, When::kNever},
    {SYS_readlink, When::kNever},
    {SYS_poll},
#endif
};

}  // namespace

std::span<const Call> call_list(Policy::Calls calls) {
  if (calls == Policy::Calls::kReader) return kReaderCalls;
  return kCalls;
}

}  // namespace cmos::sandbox

// Private to minidisk/: waiting for a lock in the host's kernel, with a way out.
#pragma once

#include "minidisk/lock.h"

namespace cmos::minidisk {

/// Blocks until `fd` has the lock. kMinidiskBusy after the timeout, kInterrupted on a stop request;
/// then `fd` must be closed. A helper thread sits in F_OFD_SETLKW, since that call knows no
/// timeout; only to give up is it woken, by a real-time signal of its own (SIGRTMIN + 7), which
/// other threads never see.
VfsResult<void> wait_for_lock(vfs::HostOps& ops, int fd, const WaitPolicy& policy);

}  // namespace cmos::minidisk

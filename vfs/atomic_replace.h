// Gives a file a whole new content such that after a crash or power cut at any moment it has the
// whole old or the whole new one (abi 4): write aside, fsync, rename over, fsync the folder.
//
// Why a named file aside and not O_TMPFILE: an unnamed file can only be linked to a free name,
// never over an existing one, so a name is needed in any case. Under a lock of the caller's it is a
// fixed one, so that whoever comes next under the same lock finds and removes what a killed process
// left; without, see aside_file.h.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "vfs/error.h"
#include "vfs/host_ops.h"
#include "vfs/volume.h"

namespace cmos::vfs {

/// Where the new content is written first: below kAsideFolder of the target's own top folder, hence
/// on the same file system unless a user mounted something below; `name` must be used by one
/// process at a time.
HostPlace aside_of(const HostPlace& target, std::string_view name);

/// `data`, then zeros up to `size` bytes (a hole, where the host has them). On failure nothing
/// stays aside, and the old content is in place, but for kNotDurable: only the last step failed,
/// the new content is in place and may be lost by a power cut; asking again is then right.
VfsResult<void> replace_atomically(HostOps& ops, const HostPlace& target, const HostPlace& aside,
                                   Bytes data, std::uint64_t size);

/// The same for callers that no lock keeps apart.
VfsResult<void> replace_atomically(HostOps& ops, const HostPlace& target, Bytes data);

/// Removes what a killed process left aside, and what others left there whose makers are gone.
/// Nothing there is fine.
VfsResult<void> remove_leftover(HostOps& ops, const HostPlace& aside);

}  // namespace cmos::vfs

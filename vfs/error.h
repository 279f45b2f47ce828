// What a file or mini-disk call can answer besides success (abi 2, "Failed calls"). Small codes,
// not base Errors: they go to a guest, which sees a number. syscalls/ maps each to its CPE_ERROR_*,
// one to one.
#pragma once

#include <cstdint>
#include <string_view>
#include <tl/expected.hpp>

namespace cmos::vfs {

enum class VfsError : std::uint8_t {
  kInvalid,   ///< a malformed path, flag set, position or argument
  kNotFound,  ///< no such file, folder, program or mini-disk
  kExists,    ///< it is there already
  kAccess,    ///< read-only, in use by a mini-disk, leads out of the root, or refused by the host
  kNotDirectory,    ///< a folder was needed
  kIsDirectory,     ///< a file was needed
  kNotEmpty,        ///< the folder still has entries
  kBadHandle,       ///< not an open handle
  kTooMany,         ///< the process's handles, or the host's, are used up
  kNoSpace,         ///< a quota, or the host's disk, is full
  kNoMemory,        ///< the host, or the run's budget, has no memory for a buffer or a listing
  kIo,              ///< the host failed to read or write
  kNotDurable,      ///< written and in its place, but a power cut may undo it; to guests as kIo
  kMinidiskBusy,    ///< another instance holds the mini-disk (cpe 2.2)
  kMinidiskClosed,  ///< after the mini-disk was closed (abi 2, "Termination")
  kInterrupted,     ///< a stop request ended a wait; never reaches a guest: its process is ending
};

/// Stable short name for reports and tests: "not-found".
std::string_view name(VfsError error);

/// What it means for people who use a path: "it is a folder".
std::string_view meaning(VfsError error);

/// The answer to a host errno. ELOOP, EXDEV and everything about permissions are kAccess: a link
/// that leads out.
VfsError from_errno(int number);

template <class T>
using VfsResult = tl::expected<T, VfsError>;

inline tl::unexpected<VfsError> refuse(VfsError error) {
  return tl::unexpected<VfsError>(error);
}

}  // namespace cmos::vfs

/// CMOS_VFS_TRY(lhs, expression): evaluates a VfsResult; on failure returns its error from the
/// enclosing function.
#define CMOS_VFS_CONCAT2(a, b) a##b
#define CMOS_VFS_CONCAT(a, b) CMOS_VFS_CONCAT2(a, b)
#define CMOS_VFS_TRY(lhs, ...)                                               \
  auto CMOS_VFS_CONCAT(vfs_try_, __LINE__) = (__VA_ARGS__);                  \
  if (!CMOS_VFS_CONCAT(vfs_try_, __LINE__))                                  \
    return ::cmos::vfs::refuse(CMOS_VFS_CONCAT(vfs_try_, __LINE__).error()); \
  lhs = *std::move(CMOS_VFS_CONCAT(vfs_try_, __LINE__))
/// The same for a VfsResult<void>.
#define CMOS_VFS_TRY_VOID(...)                          \
  if (auto vfs_try_void = (__VA_ARGS__); !vfs_try_void) \
  return ::cmos::vfs::refuse(vfs_try_void.error())

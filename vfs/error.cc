#include "vfs/error.h"

#include <cerrno>

namespace cmos::vfs {

std::string_view name(VfsError error) {
  switch (error) {
    case VfsError::kInvalid:
      return "invalid";
    case VfsError::kNotFound:
      return "not-found";
    case VfsError::kExists:
      return "exists";
    case VfsError::kAccess:
      return "access";
    case VfsError::kNotDirectory:
      return "not-directory";
    case VfsError::kIsDirectory:
      return "is-directory";
    case VfsError::kNotEmpty:
      return "not-empty";
    case VfsError::kBadHandle:
      return "bad-handle";
    case VfsError::kTooMany:
      return "too-many";
    case VfsError::kNoSpace:
      return "no-space";
    case VfsError::kNoMemory:
      return "no-memory";
    case VfsError::kIo:
      return "io";
    case VfsError::kNotDurable:
      return "not-durable";
    case VfsError::kMinidiskBusy:
      return "minidisk-busy";
    case VfsError::kMinidiskClosed:
      return "minidisk-closed";
    case VfsError::kInterrupted:
      return "interrupted";
  }
  return "unknown";
}

std::string_view meaning(VfsError error) {
  switch (error) {
    case VfsError::kInvalid:
      return "not possible for this path";
    case VfsError::kNotFound:
      return "no such file, folder or program";
    case VfsError::kExists:
      return "it is there already";
    case VfsError::kAccess:
      return "refused: it is read-only, leads out of the root, or the host gives no permission";
    case VfsError::kNotDirectory:
      return "a name on the way is no folder";
    case VfsError::kIsDirectory:
      return "it is a folder";
    case VfsError::kNotEmpty:
      return "the folder is not empty";
    case VfsError::kTooMany:
      return "the host has too many open files";
    case VfsError::kNoSpace:
      return "no space is left on the host's disk";
    case VfsError::kNoMemory:
      return "the host has not enough memory";
    case VfsError::kMinidiskBusy:
      return "the mini-disk is in use";
    case VfsError::kNotDurable:
      return "the new content is in place, but the host could not make sure that it outlasts a "
             "power cut";
    case VfsError::kIo:
    case VfsError::kBadHandle:
    case VfsError::kMinidiskClosed:
    case VfsError::kInterrupted:
      break;
  }
  return "the host failed to read or write";
}

VfsError from_errno(int number) {
  switch (number) {
    case ENOENT:
      return VfsError::kNotFound;
    case EEXIST:
      return VfsError::kExists;
    case ENOTDIR:
      return VfsError::kNotDirectory;
    case EISDIR:
      return VfsError::kIsDirectory;
    case ENOTEMPTY:
      return VfsError::kNotEmpty;
    case EINVAL:
    case EOVERFLOW:
    case ENAMETOOLONG:
      return VfsError::kInvalid;
    case EMFILE:
    case ENFILE:
      return VfsError::kTooMany;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return VfsError::kNoSpace;
    case ENOMEM:
      return VfsError::kNoMemory;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:  // a link where none is followed, or RESOLVE_NO_MAGICLINKS
    case EXDEV:  // RESOLVE_BENEATH: the path leads out
    case ENXIO:  // a FIFO without reader, a socket, a device without driver
    case ENODEV:
    case EAGAIN:  // somebody else's lease or lock
    case ETXTBSY:
    case EBUSY:
      return VfsError::kAccess;
    default:
      return VfsError::kIo;
  }
}

}  // namespace cmos::vfs

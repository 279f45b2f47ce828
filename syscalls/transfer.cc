#include "syscalls/transfer.h"

namespace cmos::syscalls {

Status status_of(vfs::VfsError error) {
  switch (error) {
    case vfs::VfsError::kInvalid:
      return Status::kInvalid;
    case vfs::VfsError::kNotFound:
      return Status::kNotFound;
    case vfs::VfsError::kExists:
      return Status::kExists;
    case vfs::VfsError::kAccess:
      return Status::kAccess;
    case vfs::VfsError::kNotDirectory:
      return Status::kNotDirectory;
    case vfs::VfsError::kIsDirectory:
      return Status::kIsDirectory;
    case vfs::VfsError::kNotEmpty:
      return Status::kNotEmpty;
    case vfs::VfsError::kBadHandle:
      return Status::kBadHandle;
    case vfs::VfsError::kTooMany:
      return Status::kTooMany;
    case vfs::VfsError::kNoSpace:
      return Status::kNoSpace;
    case vfs::VfsError::kNoMemory:
      return Status::kNoMemory;
    case vfs::VfsError::kMinidiskBusy:
      return Status::kMinidiskBusy;
    case vfs::VfsError::kMinidiskClosed:
      return Status::kMinidiskClosed;
    case vfs::VfsError::kIo:
    case vfs::VfsError::kNotDurable:
    case vfs::VfsError::kInterrupted:  // answer() ends the process instead
      break;
  }
  return Status::kIo;
}

CallResult answer(Kernel& kernel, vfs::VfsError error) {
  if (error == vfs::VfsError::kInterrupted) return kernel.end(EndRequest::kInterrupted);
  return answer(status_of(error));
}

CallResult answer(Kernel& kernel, const vfs::VfsResult<void>& result) {
  if (!result) return answer(kernel, result.error());
  return answer(std::uint64_t{0});
}

tl::expected<std::string, Status> guest_text(const Kernel& kernel, std::uint64_t address,
                                             std::uint64_t length) {
  const emu::GuestMemory& memory = kernel.memory();
  if (!memory.accessible(address, length, emu::kRead)) return tl::unexpected(Status::kFault);
  if (length > kMaxPath) return tl::unexpected(Status::kInvalid);
  std::string text(static_cast<std::size_t>(length), '\0');
  if (!memory.read(address, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()}))
    return tl::unexpected(Status::kFault);
  return text;
}

tl::expected<vfs::Path, Status> guest_path(const Kernel& kernel, std::uint64_t address,
                                           std::uint64_t length) {
  const auto text = guest_text(kernel, address, length);
  if (!text) return tl::unexpected(text.error());
  auto path = vfs::Path::parse(*text);
  if (!path) return tl::unexpected(status_of(path.error()));
  return *std::move(path);
}

}  // namespace cmos::syscalls

#include "vfs/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cmos::vfs {
namespace {

VfsResult<std::size_t> write_once(int fd, std::span<const std::uint8_t> data) {
  for (;;) {
    const ssize_t put = ::write(fd, data.data(), data.size());
    if (put >= 0) return static_cast<std::size_t>(put);
    if (errno != EINTR) return refuse(from_errno(errno));
  }
}

VfsResult<std::uint64_t> moved(std::uint64_t base, std::int64_t offset) {
  std::int64_t sum = 0;
  if (base > INT64_MAX || __builtin_add_overflow(static_cast<std::int64_t>(base), offset, &sum) ||
      sum < 0) {
    return refuse(VfsError::kInvalid);
  }
  return static_cast<std::uint64_t>(sum);
}

}  // namespace

VfsResult<std::size_t> File::read(std::span<std::uint8_t>) {
  return refuse(VfsError::kIsDirectory);
}
VfsResult<std::size_t> File::write(std::span<const std::uint8_t>) {
  return refuse(VfsError::kIsDirectory);
}
VfsResult<std::uint64_t> File::seek(std::int64_t, Whence) {
  return refuse(VfsError::kIsDirectory);
}

VfsResult<std::size_t> File::list(std::span<std::uint8_t> out) {
  if (!lister_) return refuse(VfsError::kNotDirectory);
  if (!listing_) {
    CMOS_VFS_TRY(listing_, lister_());
  }
  if (next_ == listing_->names.size()) return std::size_t{0};
  const std::string& name = listing_->names[next_];
  if (out.size() < name.size()) return refuse(VfsError::kInvalid);
  std::memcpy(out.data(), name.data(), name.size());
  ++next_;
  return name.size();
}

VfsResult<std::size_t> HostFile::read(std::span<std::uint8_t> out) {
  if ((flags_ & kRead) == 0) return refuse(VfsError::kAccess);
  for (;;) {
    const ssize_t got = ::read(fd_.get(), out.data(), out.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return refuse(from_errno(errno));
  }
}

VfsResult<std::size_t> HostFile::write(std::span<const std::uint8_t> data) {
  if ((flags_ & kWrite) == 0) return refuse(VfsError::kAccess);
  if (data.empty()) return std::size_t{0};
  if (quota_ != nullptr && quota_->counts_bytes()) return write_counted(data);
  return write_once(fd_.get(), data);
}

VfsResult<std::size_t> HostFile::write_counted(std::span<const std::uint8_t> data) {
  const auto held = quota_->hold_sizes();
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) return refuse(from_errno(errno));
  const off_t position = (flags_ & kAppend) != 0 ? info.st_size : ::lseek(fd_.get(), 0, SEEK_CUR);
  if (position < 0) return refuse(from_errno(errno));
  CMOS_VFS_TRY(const std::uint64_t end,
               moved(static_cast<std::uint64_t>(position), static_cast<std::int64_t>(data.size())));
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const std::uint64_t growth = end > size ? end - size : 0;
  if (!quota_->take_bytes(growth)) return refuse(VfsError::kNoSpace);
  auto put = write_once(fd_.get(), data);
  const std::uint64_t reached = put ? static_cast<std::uint64_t>(position) + *put : 0;
  quota_->give_bytes(growth - (reached > size ? reached - size : 0));
  return put;
}

VfsResult<std::uint64_t> HostFile::seek(std::int64_t offset, Whence whence) {
  int host = SEEK_SET;
  if (whence == Whence::kCurrent) host = SEEK_CUR;
  if (whence == Whence::kEnd) host = SEEK_END;
  const off_t position = ::lseek(fd_.get(), offset, host);
  if (position < 0) return refuse(from_errno(errno));
  return static_cast<std::uint64_t>(position);
}

VfsResult<std::size_t> FixedFile::read(std::span<std::uint8_t> out) {
  if (position_ >= size_ || out.empty()) return std::size_t{0};
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - position_));
  CMOS_VFS_TRY(const std::size_t got, read_at(position_, out.first(wanted)));
  position_ += got;
  return got;
}

VfsResult<std::size_t> FixedFile::write(std::span<const std::uint8_t>) {
  return refuse(VfsError::kAccess);
}

VfsResult<std::uint64_t> FixedFile::seek(std::int64_t offset, Whence whence) {
  const std::uint64_t base = whence == Whence::kStart     ? 0
                             : whence == Whence::kCurrent ? position_
                                                          : size_;
  CMOS_VFS_TRY(position_, moved(base, offset));
  return position_;
}

VfsResult<std::size_t> MemoryFile::read_at(std::uint64_t offset, std::span<std::uint8_t> out) {
  std::memcpy(out.data(), bytes_->data() + offset, out.size());
  return out.size();
}

VfsResult<std::size_t> PaddedFile::read_at(std::uint64_t offset, std::span<std::uint8_t> out) {
  while (fd_) {
    const ssize_t got = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) break;
    if (errno != EINTR) return refuse(from_errno(errno));
  }
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  return out.size();
}

}  // namespace cmos::vfs

// What a handle stands for: something to read, write, seek in, and list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "vfs/error.h"
#include "vfs/quota.h"
#include "vfs/unique_fd.h"
#include "vfs/volume.h"

namespace cmos::vfs {

/// abi 3, `seek`.
enum class Whence : std::uint32_t { kStart = 0, kCurrent = 1, kEnd = 2 };

/// The names in a folder, and what they take of the run's memory while somebody holds them.
struct Listing {
  std::vector<std::string> names;
  MemoryCharge charge = {};
};

/// Used by one thread at a time. The defaults are those of a folder.
class File {
 public:
  using Lister = std::function<VfsResult<Listing>()>;

  /// `lister` gives the names in byte order; it is asked once, at the first list. Without it:
  /// kNotDirectory.
  explicit File(Lister lister = {}) : lister_(std::move(lister)) {}
  virtual ~File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Bytes read or written, 0 = end. The spans may be guest memory: nothing is copied in between.
  /// kAccess when the file was not opened for it.
  virtual VfsResult<std::size_t> read(std::span<std::uint8_t> out);
  virtual VfsResult<std::size_t> write(std::span<const std::uint8_t> data);
  /// The new position, which may lie behind the end. kInvalid when it would be negative or does not
  /// fit.
  virtual VfsResult<std::uint64_t> seek(std::int64_t offset, Whence whence);

  /// Copies the next name into `out` and returns its full length; 0 = no more. kInvalid, without
  /// advance, when `out` is too short. The order, and what is listed, stays the same while the file
  /// is open.
  VfsResult<std::size_t> list(std::span<std::uint8_t> out);

 private:
  Lister lister_;
  std::optional<Listing> listing_;
  std::size_t next_ = 0;
};

/// What keeps the bytes of an open file charged; nothing without descriptor or quota.
inline Quota::Held hold(Quota* quota, const UniqueFd& fd) {
  return quota != nullptr && fd ? quota->hold(fd.get()) : Quota::Held();
}

/// A regular file of the host. `quota` may be null; it is shared by all files of a run and outlives
/// them.
class HostFile final : public File {
 public:
  HostFile(UniqueFd fd, std::uint32_t open_flags, Quota* quota)
      : fd_(std::move(fd)), flags_(open_flags), quota_(quota), held_(hold(quota, fd_)) {}
  VfsResult<std::size_t> read(std::span<std::uint8_t> out) override;
  VfsResult<std::size_t> write(std::span<const std::uint8_t> data) override;
  VfsResult<std::uint64_t> seek(std::int64_t offset, Whence whence) override;

 private:
  VfsResult<std::size_t> write_counted(std::span<const std::uint8_t> data);

  UniqueFd fd_;
  std::uint32_t flags_;
  Quota* quota_;
  Quota::Held held_;
};

/// A read-only file of a known size: position keeping for those below.
class FixedFile : public File {
 public:
  FixedFile(std::uint64_t size, Lister lister) : File(std::move(lister)), size_(size) {}
  VfsResult<std::size_t> read(std::span<std::uint8_t> out) final;
  VfsResult<std::size_t> write(std::span<const std::uint8_t> data) final;
  VfsResult<std::uint64_t> seek(std::int64_t offset, Whence whence) final;

 protected:
  /// `out` lies wholly inside the file.
  virtual VfsResult<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0;

 private:
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

using SharedBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

/// A program's binary: its bytes to read, `md` to list (abi 5).
class MemoryFile final : public FixedFile {
 public:
  MemoryFile(SharedBytes bytes, Lister lister)
      : FixedFile(bytes->size(), std::move(lister)), bytes_(std::move(bytes)) {}

 protected:
  VfsResult<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override;

 private:
  SharedBytes bytes_;
};

/// A host file shown with another size: cut off, or with zeros at its end. No descriptor = all
/// zeros. `quota` as for HostFile.
class PaddedFile final : public FixedFile {
 public:
  PaddedFile(UniqueFd fd, std::uint64_t size, Quota* quota, Lister lister = {})
      : FixedFile(size, std::move(lister)), fd_(std::move(fd)), held_(hold(quota, fd_)) {}

 protected:
  VfsResult<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override;

 private:
  UniqueFd fd_;
  Quota::Held held_;
};

}  // namespace cmos::vfs
